package suite

import (
	"fmt"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

// The defaults: here and nowhere else.
const (
	defaultFormat       = "wall"
	defaultMinEffect    = 0.02
	defaultMaxTime      = 10 * time.Minute
	defaultRounds       = 40 // at most: a comparison that is sure ends earlier, see package sequential
	defaultWarmups      = 1
	defaultRetakes      = 2
	defaultContaminated = 0.25
	defaultTimeout      = 5 * time.Minute
	defaultNetwork      = "none"
	defaultBuildNetwork = "bridge"
	defaultCPUs         = 1
	defaultCriterionDir = "target/criterion"
)

// Bounds that only a typing error passes.
const (
	mostRounds     = 100_000
	mostRetakes    = 10
	mostCPUs       = 4096
	mostNameBytes  = 200
	mostBenchmarks = 10_000
)

var (
	networks    = []string{"none", "bridge", "host"}
	formatNames = formats.Names()
)

// suiteFields is the table of the top level.
func (d *decoder) suiteFields(s *Suite) fields {
	return fields{
		"suite":      strict.Into(&s.Name, d.Text("suite")),
		"require":    strict.Into(&s.Require, strict.OneOf(d.Decoder, "require", results.Levels())),
		"image":      func(node strict.Node) error { return d.image(node, &s.Image) },
		"build":      func(node strict.Node) error { return d.Object(node, "build", d.buildFields(&s.Build)) },
		"policy":     func(node strict.Node) error { return d.Object(node, "policy", d.policyFields(&s.Policy)) },
		"cpus":       strict.Into(&s.CPUs, d.CPUs("cpus")),
		"env":        strict.Into(&s.Env, d.environment),
		"network":    strict.Into(&s.Network, strict.OneOf(d.Decoder, "network", networks)),
		"services":   func(node strict.Node) error { return d.services(node, s) },
		"timeout":    strict.Into(&s.Timeout, d.Duration("timeout")),
		"benchmarks": func(node strict.Node) error { return d.benchmarks(node, s) },
	}
}

func (d *decoder) suite(root strict.Node) (*Suite, error) {
	s := &Suite{
		Network: defaultNetwork, Timeout: defaultTimeout, Build: Build{Network: defaultBuildNetwork},
		Policy: Policy{
			MinEffect: defaultMinEffect, MaxTime: defaultMaxTime, Rounds: defaultRounds, Warmups: defaultWarmups,
			Retakes: defaultRetakes, MaxContaminated: defaultContaminated,
		},
	}
	if err := d.Object(root, "a suite", d.suiteFields(s)); err != nil {
		return nil, err
	}
	if s.Name == "" {
		return nil, d.Fail(root, "the suite has no name", "add suite: NAME")
	}
	if s.Services != nil && s.Network != defaultNetwork {
		return nil, d.Fail(root, "the suite has services and a network", "take network: out: benchmarks are on the network of their services")
	}
	if len(s.Benchmarks) == 0 {
		return nil, d.Fail(root, "the suite has no benchmarks", "add benchmarks: with at least one name: and run:")
	}
	return s, nil
}

func (d *decoder) imageFields(i *Image) fields {
	return fields{
		"ref":      strict.Into(&i.Ref, d.Text("image.ref")),
		"pipeline": strict.Into(&i.Pipeline, d.localPath("image.pipeline")),
		"step":     strict.Into(&i.Step, d.Text("image.step")),
		"per_side": strict.Into(&i.PerSide, d.Boolean("image.per_side")),
	}
}

// image reads where the image comes from, and holds the two ways apart.
func (d *decoder) image(node strict.Node, i *Image) error {
	if err := d.Object(node, "image", d.imageFields(i)); err != nil {
		return err
	}
	switch {
	case i.Ref != "" && (i.Pipeline != "" || i.Step != ""):
		return d.Fail(node, "image has ref together with pipeline or step", "keep ref, or pipeline and step")
	case i.Ref != "":
		return nil
	case i.Pipeline == "" && i.Step == "":
		return d.Fail(node, "image says nothing", "give it ref: NAME:TAG, or pipeline: FILE and step: KEY")
	case i.Step == "":
		return d.Fail(node, "image has a pipeline and no step", "add step: with the step's key or label")
	case i.Pipeline == "":
		return d.Fail(node, "image has a step and no pipeline", "add pipeline: with the path of the pipeline file")
	}
	return nil
}

// services reads what is brought up beside benchmarks.
func (d *decoder) services(node strict.Node, s *Suite) error {
	s.Services = &Services{}
	names := func(what string, list *[]string) func(strict.Node) error {
		return func(node strict.Node) error {
			return d.List(node, what, func(node strict.Node) error {
				name, err := d.Text(what)(node)
				*list = append(*list, name)
				return err
			})
		}
	}
	if err := d.Object(node, "services", fields{
		"compose":  strict.Into(&s.Services.Compose, d.localPath("services.compose")),
		"only":     names("services.only", &s.Services.Only),
		"run":      strict.Into(&s.Services.Run, d.Text("services.run")),
		"measured": names("services.measured", &s.Services.Measured),
	}); err != nil {
		return err
	}
	if s.Services.Compose == "" {
		return d.Fail(node, "services names no compose file", "add compose: with its path in the repository")
	}
	return nil
}

func (d *decoder) buildFields(b *Build) fields {
	return fields{
		"run":     strict.Into(&b.Run, d.Text("build.run")),
		"cache":   func(node strict.Node) error { return d.List(node, "build.cache", d.cachePath(&b.Cache)) },
		"env":     strict.Into(&b.Env, d.environment),
		"network": strict.Into(&b.Network, strict.OneOf(d.Decoder, "build.network", networks)),
	}
}

// cachePath adds a folder of the tree, or of HOME when it begins with ~/.
func (d *decoder) cachePath(paths *[]string) func(strict.Node) error {
	return func(node strict.Node) error {
		text, err := d.Text("build.cache")(node)
		if err != nil {
			return err
		}
		local := text
		if len(text) > 2 && text[:2] == "~/" {
			local = text[2:]
		}
		if !isLocal(local) || text[0] == '~' && local == text {
			return d.Fail(node, fmt.Sprintf("build.cache %q is neither in the repository nor in HOME", text), "give a path like target or ~/.cargo")
		}
		*paths = append(*paths, text)
		return nil
	}
}

func (d *decoder) policyFields(p *Policy) fields {
	return fields{
		"min_effect":       strict.Into(&p.MinEffect, d.Percent("min_effect")),
		"precision":        strict.Into(&p.Precision, d.Percent("precision")),
		"max_time":         strict.Into(&p.MaxTime, d.Duration("max_time")),
		"rounds":           strict.Into(&p.Rounds, d.Integer("rounds", 1, mostRounds)),
		"stop":             strict.Into(&p.Fixed, d.stop),
		"instructions":     strict.Into(&p.Instructions, strict.OneOf(d.Decoder, "instructions", instructionWays)),
		"warmups":          strict.Into(&p.Warmups, d.Integer("warmups", 0, mostRounds)),
		"retakes":          strict.Into(&p.Retakes, d.Integer("retakes", 0, mostRetakes)),
		"max_contaminated": strict.Into(&p.MaxContaminated, d.Share("max_contaminated")),
	}
}

// stop reads when the rounds end.
func (d *decoder) stop(node strict.Node) (fixed bool, err error) {
	when, err := strict.OneOf(d.Decoder, "stop", []string{"early", "fixed"})(node)
	return when == "fixed", err
}

func (d *decoder) benchmarks(node strict.Node, s *Suite) error {
	first := map[string]int{}
	return d.List(node, "benchmarks", func(element strict.Node) error {
		b := Benchmark{Format: defaultFormat, CPUs: defaultCPUs, CriterionDir: defaultCriterionDir}
		var nameNode strict.Node
		if err := d.Object(element, "a benchmark", d.benchmarkFields(&b, &nameNode)); err != nil {
			return err
		}
		if err := d.checkBenchmark(element, b); err != nil {
			return err
		}
		if line, twice := first[b.Name]; twice {
			return d.Fail(nameNode, fmt.Sprintf("the name %s is taken by the benchmark on line %d", strconv.Quote(b.Name), line), "give each benchmark a name of its own")
		}
		first[b.Name] = strict.Line(nameNode)
		if s.Benchmarks = append(s.Benchmarks, b); len(s.Benchmarks) > mostBenchmarks {
			return d.Fail(element, fmt.Sprintf("the suite has more than %d benchmarks", mostBenchmarks), "split it")
		}
		return nil
	})
}

func (d *decoder) benchmarkFields(b *Benchmark, nameNode *strict.Node) fields {
	return fields{
		"name": func(node strict.Node) (err error) {
			*nameNode = node
			b.Name, err = d.benchmarkName(node)
			return err
		},
		"run":           func(node strict.Node) error { return d.run(node, b) },
		"format":        strict.Into(&b.Format, strict.OneOf(d.Decoder, "format", formatNames)),
		"output":        strict.Into(&b.Output, d.localPath("output")),
		"metrics":       func(node strict.Node) error { return d.List(node, "metrics", d.metric(b)) },
		"cpus":          strict.Into(&b.CPUs, d.Integer("cpus of a benchmark", 1, mostCPUs)),
		"page_cache":    strict.Into(&b.Cold, d.pageCache),
		"dir":           strict.Into(&b.Dir, d.localPath("dir")),
		"env":           strict.Into(&b.Env, d.environment),
		"timeout":       strict.Into(&b.Timeout, d.Duration("timeout")),
		"min_effect":    strict.Into(&b.MinEffect, d.Percent("min_effect")),
		"precision":     strict.Into(&b.Precision, d.Percent("precision")),
		"criterion_dir": strict.Into(&b.CriterionDir, d.localPath("criterion_dir")),
	}
}

// benchmarkName reads one line of printable text.
func (d *decoder) benchmarkName(node strict.Node) (string, error) {
	name, err := d.Text("name")(node)
	if err != nil {
		return "", err
	}
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return "", d.Fail(node, "the name holds a character that cannot be printed", "use one line of plain text")
		}
	}
	if len(name) > mostNameBytes {
		return "", d.Fail(node, fmt.Sprintf("the name is longer than %d bytes", mostNameBytes), "shorten it")
	}
	return name, nil
}

// run reads a command: one string, or a list of words.
func (d *decoder) run(node strict.Node, b *Benchmark) (err error) {
	if !d.IsList(node) {
		b.Run, err = d.Text("run")(node)
		return err
	}
	err = d.List(node, "run", func(element strict.Node) error {
		word, err := d.Word("run")(element)
		b.Words = append(b.Words, word)
		return err
	})
	if err == nil && len(b.Words) == 0 {
		return d.Fail(node, "run is an empty list", "give the program and its arguments")
	}
	return err
}

// pageCache reads whether executions find the repository's files in memory.
func (d *decoder) pageCache(node strict.Node) (cold bool, err error) {
	state, err := strict.OneOf(d.Decoder, "page_cache", []string{"warm", "cold"})(node)
	return state == "cold", err
}

func (d *decoder) metricFields(m *Metric) fields {
	return fields{
		"name":   strict.Into(&m.Name, d.Text("the metric's name")),
		"better": strict.Into(&m.Better, strict.OneOf(d.Decoder, "better", []results.Direction{results.Lower, results.Higher})),
	}
}

// metric reads a name, or a mapping with a name.
func (d *decoder) metric(b *Benchmark) func(strict.Node) error {
	return func(node strict.Node) (err error) {
		var m Metric
		if d.IsMapping(node) {
			if err = d.Object(node, "a metric", d.metricFields(&m)); err == nil && m.Name == "" {
				err = d.Fail(node, "the metric has no name", "add name:")
			}
		} else {
			m.Name, err = d.Text("a metric")(node)
		}
		b.Metrics = append(b.Metrics, m)
		return err
	}
}

// checkBenchmark looks at what only the whole benchmark can show.
func (d *decoder) checkBenchmark(node strict.Node, b Benchmark) error {
	switch {
	case b.Name == "":
		return d.Fail(node, "the benchmark has no name", "add name:")
	case b.Run == "" && len(b.Words) == 0:
		return d.Fail(node, fmt.Sprintf("the benchmark %s has nothing to run", strconv.Quote(b.Name)), "add run: with a command")
	case b.Output != "" && !formats.ReadsText(b.Format):
		return d.Fail(node, fmt.Sprintf("the benchmark %s has an output file, which the format %s does not read", strconv.Quote(b.Name), b.Format), "take output: out, or set another format:")
	}
	for _, m := range b.Metrics {
		if b.Format == defaultFormat && !isAccount(m.Name) {
			return d.Fail(node, fmt.Sprintf("the format wall has no metric %s", strconv.Quote(m.Name)), "it has "+accountList()+"; for a program's own numbers set format: values")
		}
	}
	return nil
}
