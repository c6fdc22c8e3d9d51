package files

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// gatherer puts together what files hold.
type gatherer struct {
	format, first string // the format, and the file that first had it
	results       []Result
	at            map[runKey]int
	broken        []Broken
	notes         []string
}

func newGatherer() *gatherer { return &gatherer{at: map[runKey]int{}} }

// add adds a file: its groups are other processes than those before.
func (g *gatherer) add(name string, c *content) error {
	if g.format == "" {
		g.format, g.first = c.format, name
	}
	if c.format != g.format {
		return problem(name, fmt.Sprintf("it is of %s, and %s is of %s", c.format, g.first, g.format), "compare results of one format: put each into a folder of its own")
	}
	for _, part := range c.parts {
		key := runKey{part.Package, part.short, part.Metric.Key()}
		i, seen := g.at[key]
		if !seen {
			g.at[key] = len(g.results)
			g.results = append(g.results, part)
			continue
		}
		if g.results[i].Metric.Better != part.Metric.Better {
			return disagree(name, part.Benchmark, part.Metric, g.results[i].Metric)
		}
		g.results[i].Groups = append(g.results[i].Groups, part.Groups...)
	}
	g.broken = append(g.broken, c.broken...)
	g.notes = append(g.notes, c.notes...)
	return nil
}

// disagree is a problem with a metric that is better one way here and the other
// way there.
func disagree(where, benchmark string, here, there results.Metric) *results.Problem {
	return problem(where, fmt.Sprintf("benchmark %q: %s %s is better here, %s elsewhere", benchmark, here.Better, here, there.Better), "let all files say the same")
}

// set finishes: names, groups and notes.
func (g *gatherer) set(path string) (*Set, error) {
	set := &Set{Path: path, Format: g.format, Results: g.results, Broken: g.broken, Notes: g.notes}
	if len(set.Results) == 0 && len(set.Broken) == 0 {
		return nil, problem(shown(path), fmt.Sprintf("it is of %s, and holds no result", g.format), "check that at least one benchmark ran")
	}
	if g.format == Go || g.format == Values {
		for i := range set.Results {
			set.SharedProcess = split(&set.Results[i]) || set.SharedProcess
		}
	}
	full := len(packages(set.Results)) > 1
	for i := range set.Results {
		set.Results[i].Benchmark = set.Results[i].name(full)
	}
	set.Notes = append(set.Notes, notes(set)...)
	return set, nil
}

// split makes each value a group if there are too few processes to go by, and
// reports whether that parted values of one process.
func split(r *Result) (shared bool) {
	if len(r.Groups) >= EnoughProcesses {
		return false
	}
	var apart [][]float64
	for _, group := range r.Groups {
		shared = shared || len(group) > 1
		for i := range group {
			apart = append(apart, group[i:i+1:i+1])
		}
	}
	r.Groups = apart
	return shared
}

// packages are those that results are of.
func packages(list ...[]Result) map[string]bool {
	found := map[string]bool{}
	for _, results := range list {
		for i := range results {
			if results[i].Package != "" {
				found[results[i].Package] = true
			}
		}
	}
	return found
}

// name returns a result's name, with its package or without.
func (r *Result) name(full bool) string {
	switch {
	case r.short == "":
		return r.Benchmark // of a set that was not read
	case full && r.Package != "":
		return r.Package + "." + r.short
	}
	return r.short
}

// advice says how a tool is told to keep what it boils down, or to make processes.
var advice = map[string]struct{ summary, process string }{
	"google-benchmark": {"Leave out --benchmark_report_aggregates_only.", "Run it several times, and name a folder with a file of each."},
	"pytest-benchmark": {"--benchmark-save-data keeps all rounds.", "Run it several times, and name a folder with a file of each."},
	"jmh":              {"Leave out -Djmh.json.rawData=false.", "Ask for more forks (-f)."},
	"criterion":        {"", "Run it several times, and name a folder with a copy of target/criterion of each."},
	Perfrun:            {"", "Measure more rounds."},
}

// notes says what a set cannot tell.
func notes(set *Set) (list []string) {
	var summaries []*Result
	single := 0
	for i := range set.Results {
		r := &set.Results[i]
		if r.summary != "" {
			summaries = append(summaries, r)
		}
		if len(r.Groups) == 1 {
			single++
		}
	}
	if n := len(summaries); n > 0 {
		list = append(list, fmt.Sprintf("%s: %s kept only as a summary, such as %s of %q.", shown(set.Path), count(n, "metric"), summaries[0].summary, summaries[0].Benchmark)+advise(advice[set.Format].summary))
	}
	if single > 0 && single == len(set.Results) && !set.SharedProcess {
		list = append(list, fmt.Sprintf("%s: all values of a benchmark are of one process, and a comparison needs several.", shown(set.Path))+advise(advice[set.Format].process))
	}
	return list
}

func advise(text string) string { return strings.TrimSuffix(" "+text, " ") }
