package reports

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// order lists the verdicts worst first, as everything here shows them.
var order = []verdict.Verdict{
	verdict.Broken, verdict.Regression, verdict.Improvement, verdict.CannotTell, verdict.NoChange,
}

// Outcome words how many comparisons ended in which verdict: "1 broken,
// 1 regression, 0 improvements, 2 no change, 0 cannot tell".
func Outcome(comparisons []verdict.Comparison) string {
	if len(comparisons) == 0 {
		return "nothing was compared"
	}
	count := counts(comparisons)
	parts := make([]string, len(order))
	for i, v := range order {
		parts[i] = fmt.Sprintf("%d %s", count[v], plural(v, count[v]))
	}
	return strings.Join(parts, ", ")
}

func counts(comparisons []verdict.Comparison) map[verdict.Verdict]int {
	count := map[verdict.Verdict]int{}
	for _, c := range comparisons {
		count[c.Verdict]++
	}
	return count
}

// plural words a verdict after a number; only two of them are nouns.
func plural(v verdict.Verdict, n int) string {
	if n != 1 && (v == verdict.Regression || v == verdict.Improvement) {
		return string(v) + "s"
	}
	return string(v)
}

// worstFirst returns the comparisons in the order in which they are shown: by
// verdict, then by the size of the change; equals keep their order.
func worstFirst(comparisons []verdict.Comparison) []verdict.Comparison {
	sorted := slices.Clone(comparisons)
	slices.SortStableFunc(sorted, func(a, b verdict.Comparison) int {
		if d := rank(a.Verdict) - rank(b.Verdict); d != 0 {
			return d
		}
		return compareSize(b, a)
	})
	return sorted
}

func rank(v verdict.Verdict) int {
	if at := slices.Index(order, v); at >= 0 {
		return at
	}
	return len(order)
}

func compareSize(a, b verdict.Comparison) int {
	x, y := size(a), size(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func size(c verdict.Comparison) float64 {
	if !hasInterval(c) || !finite(c.Change) {
		return 0
	}
	return max(c.Change, -c.Change)
}

// roundsDone counts the measured rounds that were carried through: what every
// benchmark without a fault has on both sides.
func roundsDone(record *results.Record) int {
	type pair struct {
		benchmark string
		side      results.Side
	}
	rounds, faulty := map[pair]map[int]bool{}, map[string]bool{}
	counted := record.Counted()
	for i, e := range record.Executions {
		faulty[e.Benchmark] = faulty[e.Benchmark] || e.Fault != nil
		if e.Warmup || counted(&record.Executions[i]) {
			continue
		}
		key := pair{e.Benchmark, e.Side}
		if rounds[key] == nil {
			rounds[key] = map[int]bool{}
		}
		rounds[key][e.Round] = true
	}
	sound, broken := -1, 0
	for _, b := range record.Run.Bench {
		done := min(len(rounds[pair{b.Name, results.Base}]), len(rounds[pair{b.Name, results.Head}]))
		if faulty[b.Name] {
			broken = max(broken, done)
			continue
		}
		if sound < 0 || done < sound {
			sound = done
		}
	}
	if sound < 0 {
		return broken
	}
	return sound
}

// roundsWords says how far a run came: "30 of 30, after 2 warm-ups".
func roundsWords(record *results.Record) string {
	said := fmt.Sprintf("%d of %d", roundsDone(record), record.Run.Plan.Rounds)
	if len(record.Executions) == 0 && record.Run.State == results.Done { // only verdicts are at hand
		said = fmt.Sprint(record.Run.Plan.Rounds)
	}
	switch n := record.Run.Plan.Warmups; n {
	case 0:
		return said
	case 1:
		return said + ", after 1 warm-up"
	default:
		return fmt.Sprintf("%s, after %d warm-ups", said, n)
	}
}

// fact looks a property of the machine up; empty when it was not recorded.
func fact(facts []results.Fact, names ...string) string {
	for _, name := range names {
		for _, f := range facts {
			if f.Name == name && f.Value != "" {
				return words.Plain(f.Value)
			}
		}
	}
	return ""
}

// hostName names the machine that measured.
func hostName(run results.Run) string {
	return fact(run.Env, "host.name", "hostname", "host")
}

// lasted words how long a run took; empty while it has not ended.
func lasted(run results.Run) string {
	if run.Finished.IsZero() || run.Created.IsZero() || run.Finished.Before(run.Created) {
		return ""
	}
	d := run.Finished.Sub(run.Created)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// stateWords says in one or two sentences what a reader must know about a run
// that did not come to its end; empty for a done one.
func stateWords(record *results.Record) string {
	run := record.Run
	rounds := fmt.Sprintf("%d of %d rounds", roundsDone(record), run.Plan.Rounds)
	switch run.State {
	case results.Done:
		return ""
	case results.Failed:
		if run.Error == "" {
			return "This run failed after " + rounds + "."
		}
		return "This run failed after " + rounds + ": " + words.Plain(run.Error)
	case results.Quarantined:
		return "This run is quarantined and gives no verdict: " + words.Sentence(run.Error)
	case results.Cancelled:
		return "This run was cancelled after " + rounds + ". What was measured until then is shown."
	}
	return fmt.Sprintf("This run has not ended: it is %s, with %s done. What is stored so far is shown.",
		words.Plain(string(run.State)), rounds)
}

// engineWords says what the benchmarks ran in and on which CPUs.
func engineWords(p results.Plan) string {
	said := words.Plain(p.Engine)
	if p.CPUs != "" {
		said += ", benchmarks on CPUs " + words.Plain(p.CPUs)
	}
	if p.Harness != "" {
		said += ", perfrun on " + words.Plain(p.Harness)
	}
	return said
}

// imageWords names an image; empty when there is none.
func imageWords(i results.Image) string {
	said := words.Plain(i.Ref)
	if i.Pipeline != "" {
		said += " (from " + words.Plain(i.Pipeline)
		if i.Step != "" {
			said += ", step " + words.Plain(i.Step)
		}
		said += ")"
	}
	return said
}

// notHeld returns the guards that did not protect the run.
func notHeld(guards []results.Guard) []results.Guard {
	return slices.DeleteFunc(slices.Clone(guards), func(g results.Guard) bool { return g.Held })
}

// Breakable lets a name of words with dots and underscores break behind those, where a
// column is too narrow for it.
func Breakable(name string) template.HTML {
	return template.HTML(afterDots.ReplaceAllString(template.HTMLEscapeString(name), "${0}<wbr/>"))
}

var afterDots = regexp.MustCompile(`[._]+`)
