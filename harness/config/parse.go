package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mtrlz.dev/perfrun/harness/quiet/knob"
	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
)

// fields says for each key of a mapping how its value is read.
type fields = strict.Fields

// decoder reads the parts of a configuration.
type decoder struct{ *strict.Decoder }

// parse reads a configuration over the defaults; an empty file keeps them.
func parse(file string, text []byte) (Config, error) {
	read, root, err := strict.Parse(file, text, strict.Words{Name: "configuration"})
	if err != nil {
		return Config{}, err
	}
	c, d := Default(), &decoder{read}
	if root == nil {
		return c, nil
	}
	if err := d.Object(root, "a configuration", d.configFields(&c)); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (d *decoder) configFields(c *Config) fields {
	return fields{
		"host_class": strict.Into(&c.Class, d.class),
		"quiet":      strict.Into(&c.Quiet, strict.OneOf(d.Decoder, "quiet", results.Levels())),
		"require":    strict.Into(&c.Require, strict.OneOf(d.Decoder, "require", results.Levels())),
		"reach":      strict.Into(&c.Reach, d.Text("reach")),
		"state":      strict.Into(&c.State, d.path("state", Default().State)),
		"knobs":      func(node strict.Node) error { return d.Object(node, "knobs", d.knobFields(&c.Knobs)) },
		"gate":       func(node strict.Node) error { return d.Object(node, "gate", d.gateFields(&c.Gate)) },
		"box":        func(node strict.Node) error { return d.Object(node, "box", d.boxFields(&c.Box)) },
		"web":        func(node strict.Node) error { return d.Object(node, "web", d.webFields(&c.Web)) },
		"relay":      func(node strict.Node) error { return d.Object(node, "relay", d.relayFields(&c.Relay)) },
		"prices": func(node strict.Node) error {
			c.Prices = map[string]float64{}
			return d.Map(node, "prices", func(class string, at, value strict.Node) error {
				return d.price(c.Prices, class, at, value)
			})
		},
		"services": func(node strict.Node) error {
			return d.List(node, "services", func(node strict.Node) error {
				grant, err := strict.OneOf(d.Decoder, "services", ServiceGrants())(node)
				c.Services = append(c.Services, grant)
				return err
			})
		},
		"repositories": func(node strict.Node) error {
			c.Repositories = map[string]Repository{}
			return d.Map(node, "repositories", func(name string, at, value strict.Node) error {
				return d.repository(c.Repositories, name, at, value)
			})
		},
	}
}

// label is what stands unquoted in a file, a command line and a page.
var label = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (d *decoder) class(node strict.Node) (string, error) {
	text, err := d.Text("host_class")(node)
	if err == nil && !label.MatchString(text) {
		err = d.Fail(node, fmt.Sprintf("host_class is %q", text), "give office, cloud, or a label of up to 64 letters, digits and . _ -")
	}
	return text, err
}

// dearest bounds what an hour may cost.
const dearest = 1e6

func (d *decoder) price(all map[string]float64, class string, at, value strict.Node) (err error) {
	if !label.MatchString(class) {
		return d.Fail(at, fmt.Sprintf("prices has the class %q", class), "name a class of hosts, such as cloud")
	}
	all[class], err = d.Number("prices."+class, 0, dearest)(value)
	return err
}

// path reads an absolute path: what runs perfrun may be anywhere.
func (d *decoder) path(what, example string) func(strict.Node) (string, error) {
	return func(node strict.Node) (string, error) {
		text, err := d.Text(what)(node)
		if err != nil {
			return "", err
		}
		if !path.IsAbs(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return "", d.Fail(node, fmt.Sprintf("%s is %q, which is no absolute path", what, text), "give a path like "+example)
		}
		return path.Clean(text), nil
	}
}

func (d *decoder) knobFields(k *Knobs) fields {
	return fields{
		"aslr":    strict.Into(&k.ASLR, strict.OneOf(d.Decoder, "knobs.aslr", []string{"random", "off"})),
		"thp":     strict.Into(&k.THP, strict.OneOf(d.Decoder, "knobs.thp", []string{"always", "madvise", "never"})),
		"skip":    func(node strict.Node) error { return d.knobList(node, "knobs.skip", &k.Skip, k) },
		"require": func(node strict.Node) error { return d.knobList(node, "knobs.require", &k.Require, k) },
	}
}

// knobList reads names of knobs. Whichever list comes second is told what cannot
// hold together.
func (d *decoder) knobList(node strict.Node, what string, list *[]string, k *Knobs) error {
	if err := strict.Into(list, d.Names(what, knobNames()))(node); err != nil {
		return err
	}
	for _, name := range k.Skip {
		if slices.Contains(k.Require, name) {
			return d.Fail(node, name+" is both in knobs.skip and in knobs.require", "keep it in one of them: a knob left alone proves nothing")
		}
	}
	return nil
}

func knobNames() (names []string) {
	for _, k := range knob.All() {
		names = append(names, k.Name)
	}
	return names
}

// hottest bounds what a processor can cool down by.
const hottest = 100

func (d *decoder) gateFields(g *Gate) fields {
	return fields{
		"busy":    strict.Into(&g.Busy, d.Percent("gate.busy")),
		"wait":    strict.Into(&g.Wait, d.Duration("gate.wait")),
		"free":    strict.Into(&g.Free, d.Size("gate.free")),
		"timers":  strict.Into(&g.Timers, d.DurationOrZero("gate.timers")),
		"cooling": strict.Into(&g.Cooling, d.Number("gate.cooling", 0, hottest)),
	}
}
