package suite

import (
	"fmt"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"mtrlz.dev/perfrun/results"
)

// The defaults: here and nowhere else.
const (
	defaultFormat       = "wall"
	defaultMinEffect    = 0.02
	defaultMaxTime      = 10 * time.Minute
	defaultRounds       = 20
	defaultWarmups      = 1
	defaultTimeout      = 5 * time.Minute
	defaultNetwork      = "none"
	defaultBuildNetwork = "bridge"
	defaultCPUs         = 1
	defaultCriterionDir = "target/criterion"
)

// Bounds that only a typing error passes.
const (
	mostRounds     = 100_000
	mostCPUs       = 4096
	mostNameBytes  = 200
	mostBenchmarks = 10_000
)

var (
	networks = []string{"none", "bridge", "host"}
	formats  = []string{"wall", "go", "criterion", "values"}
)

// into makes a reader that stores what another reads.
func into[T any](target *T, read func(ast.Node) (T, error)) func(ast.Node) error {
	return func(node ast.Node) (err error) {
		*target, err = read(node)
		return err
	}
}

// named binds the name that messages use.
func named[T any](read func(ast.Node, string) (T, error), what string) func(ast.Node) (T, error) {
	return func(node ast.Node) (T, error) { return read(node, what) }
}

func (d *decoder) choice(what string, choice []string) func(ast.Node) (string, error) {
	return func(node ast.Node) (string, error) { return d.oneOf(node, what, choice...) }
}

func (d *decoder) count(what string, least, most int) func(ast.Node) (int, error) {
	return func(node ast.Node) (int, error) { return d.integer(node, what, least, most) }
}

// suiteFields is the table of the top level.
func (d *decoder) suiteFields(s *Suite) fields {
	return fields{
		"suite":      into(&s.Name, named(d.text, "suite")),
		"image":      func(node ast.Node) error { return d.image(node, &s.Image) },
		"build":      func(node ast.Node) error { return d.object(node, "build", d.buildFields(&s.Build)) },
		"policy":     func(node ast.Node) error { return d.object(node, "policy", d.policyFields(&s.Policy)) },
		"cpus":       into(&s.CPUs, d.cpuList),
		"env":        into(&s.Env, d.environment),
		"network":    into(&s.Network, d.choice("network", networks)),
		"timeout":    into(&s.Timeout, named(d.duration, "timeout")),
		"benchmarks": func(node ast.Node) error { return d.benchmarks(node, s) },
	}
}

func (d *decoder) suite(root ast.Node) (*Suite, error) {
	s := &Suite{
		Network: defaultNetwork, Timeout: defaultTimeout, Build: Build{Network: defaultBuildNetwork},
		Policy: Policy{MinEffect: defaultMinEffect, MaxTime: defaultMaxTime, Rounds: defaultRounds, Warmups: defaultWarmups},
	}
	if err := d.object(root, "a suite", d.suiteFields(s)); err != nil {
		return nil, err
	}
	if s.Name == "" {
		return nil, d.fail(root, "the suite has no name", "add suite: NAME")
	}
	if len(s.Benchmarks) == 0 {
		return nil, d.fail(root, "the suite has no benchmarks", "add benchmarks: with at least one name: and run:")
	}
	return s, nil
}

func (d *decoder) imageFields(i *Image) fields {
	return fields{
		"ref":      into(&i.Ref, named(d.text, "image.ref")),
		"pipeline": into(&i.Pipeline, named(d.localPath, "image.pipeline")),
		"step":     into(&i.Step, named(d.text, "image.step")),
		"per_side": into(&i.PerSide, named(d.boolean, "image.per_side")),
	}
}

// image reads where the image comes from, and holds the two ways apart.
func (d *decoder) image(node ast.Node, i *Image) error {
	if err := d.object(node, "image", d.imageFields(i)); err != nil {
		return err
	}
	switch {
	case i.Ref != "" && (i.Pipeline != "" || i.Step != ""):
		return d.fail(node, "image has ref together with pipeline or step", "keep ref, or pipeline and step")
	case i.Ref != "":
		return nil
	case i.Pipeline == "" && i.Step == "":
		return d.fail(node, "image says nothing", "give it ref: NAME:TAG, or pipeline: FILE and step: KEY")
	case i.Step == "":
		return d.fail(node, "image has a pipeline and no step", "add step: with the step's key or label")
	case i.Pipeline == "":
		return d.fail(node, "image has a step and no pipeline", "add pipeline: with the path of the pipeline file")
	}
	return nil
}

func (d *decoder) buildFields(b *Build) fields {
	return fields{
		"run":     into(&b.Run, named(d.text, "build.run")),
		"cache":   func(node ast.Node) error { return d.list(node, "build.cache", d.cachePath(&b.Cache)) },
		"env":     into(&b.Env, d.environment),
		"network": into(&b.Network, d.choice("build.network", networks)),
	}
}

// cachePath adds a folder of the tree, or of HOME when it begins with ~/.
func (d *decoder) cachePath(paths *[]string) func(ast.Node) error {
	return func(node ast.Node) error {
		text, err := d.text(node, "build.cache")
		if err != nil {
			return err
		}
		local := text
		if len(text) > 2 && text[:2] == "~/" {
			local = text[2:]
		}
		if !isLocal(local) || text[0] == '~' && local == text {
			return d.fail(node, fmt.Sprintf("build.cache %q is neither in the repository nor in HOME", text), "give a path like target or ~/.cargo")
		}
		*paths = append(*paths, text)
		return nil
	}
}

func (d *decoder) policyFields(p *Policy) fields {
	return fields{
		"min_effect": into(&p.MinEffect, named(d.percent, "min_effect")),
		"precision":  into(&p.Precision, named(d.percent, "precision")),
		"max_time":   into(&p.MaxTime, named(d.duration, "max_time")),
		"rounds":     into(&p.Rounds, d.count("rounds", 1, mostRounds)),
		"warmups":    into(&p.Warmups, d.count("warmups", 0, mostRounds)),
	}
}

func (d *decoder) benchmarks(node ast.Node, s *Suite) error {
	first := map[string]int{}
	return d.list(node, "benchmarks", func(element ast.Node) error {
		b := Benchmark{Format: defaultFormat, CPUs: defaultCPUs, CriterionDir: defaultCriterionDir}
		var nameNode ast.Node
		if err := d.object(element, "a benchmark", d.benchmarkFields(&b, &nameNode)); err != nil {
			return err
		}
		if err := d.checkBenchmark(element, b); err != nil {
			return err
		}
		if line, twice := first[b.Name]; twice {
			return d.fail(nameNode, fmt.Sprintf("the name %s is taken by the benchmark on line %d", strconv.Quote(b.Name), line), "give each benchmark a name of its own")
		}
		first[b.Name] = nameNode.GetToken().Position.Line
		if s.Benchmarks = append(s.Benchmarks, b); len(s.Benchmarks) > mostBenchmarks {
			return d.fail(element, fmt.Sprintf("the suite has more than %d benchmarks", mostBenchmarks), "split it")
		}
		return nil
	})
}

func (d *decoder) benchmarkFields(b *Benchmark, nameNode *ast.Node) fields {
	return fields{
		"name": func(node ast.Node) (err error) {
			*nameNode = node
			b.Name, err = d.benchmarkName(node)
			return err
		},
		"run":           func(node ast.Node) error { return d.run(node, b) },
		"format":        into(&b.Format, d.choice("format", formats)),
		"metrics":       func(node ast.Node) error { return d.list(node, "metrics", d.metric(b)) },
		"cpus":          into(&b.CPUs, d.count("cpus of a benchmark", 1, mostCPUs)),
		"dir":           into(&b.Dir, named(d.localPath, "dir")),
		"env":           into(&b.Env, d.environment),
		"timeout":       into(&b.Timeout, named(d.duration, "timeout")),
		"min_effect":    into(&b.MinEffect, named(d.percent, "min_effect")),
		"precision":     into(&b.Precision, named(d.percent, "precision")),
		"criterion_dir": into(&b.CriterionDir, named(d.localPath, "criterion_dir")),
	}
}

// benchmarkName reads one line of printable text.
func (d *decoder) benchmarkName(node ast.Node) (string, error) {
	name, err := d.text(node, "name")
	if err != nil {
		return "", err
	}
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return "", d.fail(node, "the name holds a character that cannot be printed", "use one line of plain text")
		}
	}
	if len(name) > mostNameBytes {
		return "", d.fail(node, fmt.Sprintf("the name is longer than %d bytes", mostNameBytes), "shorten it")
	}
	return name, nil
}

// run reads a command: one string, or a list of words.
func (d *decoder) run(node ast.Node, b *Benchmark) error {
	resolved, err := d.resolve(node)
	if err != nil {
		return err
	}
	if _, isList := resolved.(*ast.SequenceNode); !isList {
		b.Run, err = d.text(resolved, "run")
		return err
	}
	err = d.list(resolved, "run", func(element ast.Node) error {
		word, err := d.envValue(element, "run")
		b.Words = append(b.Words, word)
		return err
	})
	if err == nil && len(b.Words) == 0 {
		return d.fail(node, "run is an empty list", "give the program and its arguments")
	}
	return err
}

func (d *decoder) metricFields(m *Metric) fields {
	return fields{
		"name": into(&m.Name, named(d.text, "the metric's name")),
		"better": func(node ast.Node) error {
			better, err := d.oneOf(node, "better", string(results.Lower), string(results.Higher))
			m.Better = results.Direction(better)
			return err
		},
	}
}

// metric reads a name, or a mapping with a name.
func (d *decoder) metric(b *Benchmark) func(ast.Node) error {
	return func(node ast.Node) (err error) {
		var m Metric
		resolved, err := d.resolve(node)
		if err != nil {
			return err
		}
		switch resolved.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			if err = d.object(resolved, "a metric", d.metricFields(&m)); err == nil && m.Name == "" {
				err = d.fail(node, "the metric has no name", "add name:")
			}
		default:
			m.Name, err = d.text(resolved, "a metric")
		}
		b.Metrics = append(b.Metrics, m)
		return err
	}
}

// checkBenchmark looks at what only the whole benchmark can show.
func (d *decoder) checkBenchmark(node ast.Node, b Benchmark) error {
	switch {
	case b.Name == "":
		return d.fail(node, "the benchmark has no name", "add name:")
	case b.Run == "" && len(b.Words) == 0:
		return d.fail(node, fmt.Sprintf("the benchmark %s has nothing to run", strconv.Quote(b.Name)), "add run: with a command")
	}
	for _, m := range b.Metrics {
		if b.Format == defaultFormat && !isAccount(m.Name) {
			return d.fail(node, fmt.Sprintf("the format wall has no metric %s", strconv.Quote(m.Name)), "it has "+accountList()+"; for a program's own numbers set format: values")
		}
	}
	return nil
}
