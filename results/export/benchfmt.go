package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/montanaflynn/stats"

	"mtrlz.dev/perfrun/results"
)

// writeBenchfmt writes the Go benchmark format: one line for each case of each
// measured execution, in the order taken, under a side: line that benchstat can
// be told to compare by. A line's value is the median of the execution's samples,
// the very number that a verdict counts: benchstat takes lines for independent,
// and samples of one process are not.
func writeBenchfmt(w io.Writer, record *results.Record) error {
	out := bufio.NewWriter(w)
	writeConfig(out, record.Run)
	writeUnits(out, record)
	names := newNames()
	side := results.Side("")
	for _, e := range record.Executions {
		if e.Warmup || e.Fault != nil || len(e.Samples) == 0 {
			continue
		}
		if e.Side != side {
			side = e.Side
			fmt.Fprintf(out, "\nside: %s\n", side)
		}
		writeExecution(out, names, e)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write benchmark format: %w", err)
	}
	return nil
}

// writeConfig writes what held for the whole run. Keys begin in lower case and
// hold no blank, as the format wants.
func writeConfig(out *bufio.Writer, run results.Run) {
	lines := []struct{ key, value string }{
		{"perfrun-run", run.ID},
		{"suite", run.Suite},
		{"base-commit", run.Base.Rev},
		{"head-commit", run.Head.Rev},
		{"image", run.HeadImage.Digest},
		{"seed", fmt.Sprint(run.Plan.Seed)},
	}
	for _, fact := range run.Env {
		lines = append(lines, struct{ key, value string }{strings.ToLower(strings.ReplaceAll(fact.Name, " ", "-")), fact.Value})
	}
	for _, line := range lines {
		if value := oneLine(line.value); value != "" {
			fmt.Fprintf(out, "%s: %s\n", line.key, value)
		}
	}
}

// writeUnits says which units are better when higher.
func writeUnits(out *bufio.Writer, record *results.Record) {
	seen := map[string]bool{}
	for _, e := range record.Executions {
		for _, s := range e.Samples {
			unit := unitOf(s.Metric)
			if !seen[unit] && s.Metric.Better == results.Higher {
				fmt.Fprintf(out, "Unit %s better=higher\n", unit)
			}
			seen[unit] = true
		}
	}
}

// writeExecution writes a line for each case of one execution.
func writeExecution(out *bufio.Writer, names *names, e results.Execution) {
	type column struct {
		unit   string
		values []float64
	}
	var cases []string
	columns := map[string][]*column{}
	for _, s := range e.Samples {
		if !slices.Contains(cases, s.Metric.Case) {
			cases = append(cases, s.Metric.Case)
		}
		unit := unitOf(s.Metric)
		i := slices.IndexFunc(columns[s.Metric.Case], func(c *column) bool { return c.unit == unit })
		if i < 0 {
			i = len(columns[s.Metric.Case])
			columns[s.Metric.Case] = append(columns[s.Metric.Case], &column{unit: unit})
		}
		c := columns[s.Metric.Case][i]
		c.values = append(c.values, s.Value)
	}
	for _, name := range cases {
		fmt.Fprintf(out, "Benchmark%s 1", names.of(e.Benchmark, name))
		for _, c := range columns[name] {
			median, _ := stats.Median(c.values) // cannot fail on values that are there
			fmt.Fprintf(out, " %s %s", number(median), c.unit)
		}
		fmt.Fprintln(out)
	}
}

// unitOf names a column. A metric that is not named by its unit keeps its name
// before it (wall-sec, max-rss-B), so that two in one unit stay apart; the suffix
// is what benchstat scales by. Only time as such is plainly sec/op.
func unitOf(m results.Metric) string {
	unit := word(m.Unit)
	switch {
	case m.Name == m.Unit, m.Name == "time", unit == "":
		if unit == "" {
			return word(m.Name)
		}
		return unit
	}
	return word(m.Name) + "-" + unit
}

// names gives each benchmark and case a name of its own that the format can
// hold: no blanks, no control characters, and distinct even where two differ only
// in such.
type names struct {
	given map[[2]string]string
	taken map[string]bool
}

func newNames() *names { return &names{map[[2]string]string{}, map[string]bool{}} }

func (n *names) of(benchmark, name string) string {
	key := [2]string{benchmark, name}
	if given, ok := n.given[key]; ok {
		return given
	}
	full := upperFirst(word(benchmark))
	if name != "" {
		full += "/" + word(name)
	}
	unique := full
	for i := 2; n.taken[unique]; i++ {
		unique = fmt.Sprintf("%s~%d", full, i)
	}
	n.given[key], n.taken[unique] = unique, true
	return unique
}

// upperFirst begins a name as the format wants it: not with a lower-case letter,
// or the line would not be a result.
func upperFirst(name string) string {
	for i, r := range name {
		return string(unicode.ToUpper(r)) + name[i+len(string(r)):]
	}
	return "_"
}

// word replaces what would end a word.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// oneLine keeps a value from ending its line.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}
