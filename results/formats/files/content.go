package files

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// content is what one file, or one tree, holds.
type content struct {
	format string
	parts  []Result
	broken []Broken
	notes  []string
}

// errUnknown is the cause of an error about a text that holds no results, nor
// anything that looks like some.
var errUnknown = errors.New("unknown")

// known ends the error about a file that is not recognised.
const known = `it may be output of "go test -bench", JSON of Google Benchmark, hyperfine, pytest-benchmark or JMH, a perfrun export, Criterion's folder, or lines of: name value unit`

// parse recognises a text and reads it. name is what problems are reported under.
func parse(name string, text []byte) (*content, error) {
	text, err := plain(name, text)
	if err != nil {
		return nil, err
	}
	switch first := bytes.TrimSpace(text); {
	case len(first) == 0:
		return nil, unknown(problem(name, "it is empty", known))
	case formats.HasGoResult(text):
		return readGo(name, text)
	case first[0] == '{' || first[0] == '[':
		return readJSON(name, text)
	}
	if p := foreignText(name, text); p != nil {
		return nil, unknown(p)
	}
	if formats.BeginsWithValue(text) {
		return readValues(name, text)
	}
	return nil, unknown(problem(name, "nothing in it is recognised", known))
}

func unknown(p *results.Problem) error {
	p.Err = errUnknown
	return p
}

// plain returns a text in UTF-8 without the mark that some programs begin it
// with, or what it is instead of text.
func plain(name string, text []byte) ([]byte, error) {
	const head = 1024
	switch {
	case bytes.HasPrefix(text, []byte("\x1f\x8b")) || bytes.HasPrefix(text, []byte("\x28\xb5\x2f\xfd")) || bytes.HasPrefix(text, []byte("\xfd7zXZ")):
		return nil, unknown(problem(name, "it is compressed", "unpack it first"))
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, problem(name, "it is text in UTF-16, as PowerShell's > writes it", "write it in UTF-8, in PowerShell with | Out-File -Encoding utf8")
	case bytes.IndexByte(text[:min(len(text), head)], 0) >= 0:
		return nil, unknown(problem(name, "it is no text", known))
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), nil
}

// foreignTexts are what tools print for people and other programs, by what stands
// in one line of it, and what to do instead.
var foreignTexts = []struct {
	marks      []string
	what, next string
}{
	{[]string{"run,seq,"}, "it is perfrun's own export as CSV", "export the run with --format json"},
	{[]string{"benchmark", "side", "value", ","}, "it is a table of comparisons", "give it to --csv"},
	{[]string{"series", "value", ","}, "it is a table of histories", "give it to perfrun history --csv"},
	{[]string{"time:   ["}, "it is what Criterion prints for people, without the samples", "name the folder that it writes, such as target/criterion"},
	{[]string{"test ", " bench: "}, "it is output of Rust's libtest, which has one value of each benchmark", "use Criterion, and name its folder"},
	{[]string{"Time (mean"}, "it is what hyperfine prints for people, without the times", "write them with --export-json FILE"},
	{[]string{"# JMH version"}, "it is what JMH prints for people", "write the results with -rf json -rff FILE"},
	{[]string{"Benchmark ", " Time ", " CPU ", " Iterations"}, "it is what Google Benchmark prints for people", "write it with --benchmark_format=json"},
	{[]string{"Name (time in"}, "it is what pytest-benchmark prints for people", "write the results with --benchmark-json=FILE"},
	{[]string{"goos: "}, `it looks like output of "go test -bench", but holds no result line`, "check that -bench matches a benchmark"},
}

// foreignText is a problem with a text that is known by a line near its beginning
// and not read.
func foreignText(name string, text []byte) *results.Problem {
	const head = 64 << 10
	for line := range bytes.Lines(text[:min(len(text), head)]) {
		for _, f := range foreignTexts {
			if !slices.ContainsFunc(f.marks, func(mark string) bool { return !bytes.Contains(line, []byte(mark)) }) {
				return problem(name, f.what, f.next)
			}
		}
	}
	return nil
}

// readJSON reads the file of a tool, or perfrun's own.
func readJSON(name string, text []byte) (*content, error) {
	top, err := jsontext.Parse(name, text)
	if err != nil {
		return nil, err
	}
	format, err := jsonfile.Recognise(top)
	if err != nil {
		return nil, err
	}
	if format == jsonfile.Export {
		return readExport(name, text)
	}
	file, err := jsonfile.Parse(format, top)
	if err != nil {
		return nil, err
	}
	c := &content{format: format}
	for _, e := range file.Entries {
		c.part("", e.Metric.Case, e.Metric, e.Groups).summary = e.Summary
	}
	for _, f := range file.Failures {
		c.broken = append(c.broken, Broken{f.Case, because(f.Problem)})
	}
	return c, nil
}

// part adds a result; what was the case of an output is a benchmark here.
func (c *content) part(pkg, name string, metric results.Metric, groups [][]float64) *Result {
	metric.Case = ""
	c.parts = append(c.parts, Result{Benchmark: name, Metric: metric, Groups: groups, Package: pkg, short: name})
	return &c.parts[len(c.parts)-1]
}

// because is a problem without what to do about it.
func because(p *results.Problem) string { return p.Where + ": " + p.What }

// readGo reads output of "go test -bench", of one process or of many.
func readGo(name string, text []byte) (*content, error) {
	lines, failures, err := formats.ReadGoFile(name, text)
	if err != nil {
		return nil, err
	}
	c := &content{format: Go}
	for _, f := range failures {
		c.broken = append(c.broken, Broken{f.Name, because(f.Problem)})
	}
	sides := map[string]bool{}
	t := newRunTable(c)
	for _, line := range lines {
		sides[line.Side] = true
		for _, s := range line.Samples {
			t.add(line.Package, s.Metric.Case, s.Metric, line.Run, s.Value)
		}
	}
	if len(sides) > 1 && !sides[""] || len(sides) > 2 {
		return nil, problem(name, `it holds both sides of a run ("side:" lines)`, "compare the run itself, or put each side into a file of its own")
	}
	return c, nil
}

// readValues reads lines of name, value and unit. A line does not say which
// process it is of.
func readValues(name string, text []byte) (*content, error) {
	samples, err := formats.ReadValuesFile(name, text)
	if err != nil {
		return nil, err
	}
	c := &content{format: Values}
	t := newRunTable(c)
	for _, s := range samples {
		metric := s.Metric
		metric.Name = "value"
		t.add("", s.Metric.Name, metric, 0, s.Value)
	}
	return c, nil
}

// runKey is one metric of one benchmark.
type runKey struct {
	pkg, name string
	metric    results.Key
}

// runTable gathers values by run into parts.
type runTable struct {
	*content
	at  map[runKey]int // into parts
	run []int          // of each part, the latest
}

func newRunTable(c *content) *runTable { return &runTable{content: c, at: map[runKey]int{}} }

// add adds a value; runs of a benchmark come in order.
func (t *runTable) add(pkg, name string, metric results.Metric, run int, value float64) {
	key := runKey{pkg, name, metric.Key()}
	i, seen := t.at[key]
	if !seen {
		i = len(t.parts)
		t.at[key], t.run = i, append(t.run, -1)
		t.part(pkg, name, metric, nil)
	}
	part := &t.parts[i]
	if t.run[i] != run {
		part.Groups, t.run[i] = append(part.Groups, nil), run
	}
	last := len(part.Groups) - 1
	part.Groups[last] = append(part.Groups[last], value)
}

// readCriterion makes a content of each tree below a folder.
func readCriterion(name string, list []formats.CriterionResult) []*content {
	var trees []*content
	at := map[string]int{}
	for _, r := range list {
		i, seen := at[r.Root]
		if !seen {
			i = len(trees)
			at[r.Root] = i
			trees = append(trees, &content{format: Criterion})
		}
		group := make([]float64, len(r.Samples))
		for j, s := range r.Samples {
			group[j] = s.Value
		}
		trees[i].part("", r.Samples[0].Metric.Case, r.Samples[0].Metric, [][]float64{group})
	}
	return trees
}

// count says how many there are of something: "1 file", "2 files".
func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
