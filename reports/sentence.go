package reports

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostSaid is how many regressions a sentence names; it counts the others.
const mostSaid = 2

// saidOf says in one sentence what got worse and by how much, given worst first.
func saidOf(sorted []verdict.Comparison) string {
	if len(sorted) == 0 {
		return "Nothing was compared."
	}
	count := counts(sorted)
	var parts []string
	for _, v := range []verdict.Verdict{verdict.Broken, verdict.Regression} {
		parts = append(parts, named(sorted, v)...)
		if more := count[v] - mostSaid; more > 0 {
			how := map[verdict.Verdict]string{verdict.Broken: eitherOf(more, "is broken", "are broken"), verdict.Regression: "got worse"}
			parts = append(parts, fmt.Sprintf("%d more %s", more, how[v]))
		}
	}
	if len(parts) == 0 {
		return nothingWorse(sorted, count)
	}
	return words.Sentence(joined(parts))
}

// nothingWorse says what is known where nothing broke and nothing got worse.
func nothingWorse(sorted []verdict.Comparison, count map[verdict.Verdict]int) string {
	if n := count[verdict.CannotTell]; n == len(sorted) {
		return fmt.Sprintf("Whether anything changed cannot be told, in any of %d %s.", n, several(n, "comparison"))
	} else if n > 0 {
		return fmt.Sprintf("Nothing is known to have got slower, but of %d of %d comparisons it cannot be told.", n, len(sorted))
	}
	if n := count[verdict.Improvement]; n > 0 {
		return fmt.Sprintf("Nothing got slower, and %s.", joined(named(sorted, verdict.Improvement)[:1])) + moreBetter(n-1)
	}
	return fmt.Sprintf("Nothing got slower: %d %s without a change that counts.", len(sorted), eitherOf(len(sorted), "comparison is", "comparisons are"))
}

func moreBetter(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %d more got better.", n)
}

// named are the worst comparisons of one verdict, in words.
func named(sorted []verdict.Comparison, v verdict.Verdict) (parts []string) {
	for _, c := range sorted {
		if c.Verdict != v || len(parts) == mostSaid {
			continue
		}
		name := words.Shortened(nameOf(c.Benchmark, c.Metric), 60)
		if v == verdict.Broken || !hasInterval(c) {
			parts = append(parts, fmt.Sprintf("%s is %s", name, map[bool]string{true: "broken", false: "worse"}[v == verdict.Broken]))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s got %s (%s)%s", name, changeWords(c), words.Interval(c.Low, c.High), confirmedWords(c)))
	}
	return parts
}

// changeWords says a change as people do: "11.6 % slower".
func changeWords(c verdict.Comparison) string {
	more, less := "larger", "smaller"
	switch {
	case c.Metric.Time():
		more, less = "slower", "faster"
	case c.Metric.Better == results.Higher:
		more, less = "higher", "lower"
	}
	if c.Change < 0 {
		return strings.TrimPrefix(words.Change(c.Change), "-") + " " + less
	}
	return words.Share(c.Change) + " " + more
}

func confirmedWords(c verdict.Comparison) string {
	if c.Second != nil && c.Second.Outcome == results.Confirmed {
		return ", confirmed in a second block"
	}
	return ""
}

// joined puts phrases into one sentence.
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], "; ") + "; and " + parts[len(parts)-1]
}

// doubts are what speaks against believing the verdicts of a run, a phrase each.
func doubts(record *results.Record, sorted []verdict.Comparison) (list []string) {
	run := record.Run
	if run.State != results.Done {
		list = append(list, "the run is "+words.Plain(string(run.State))+", not done")
	}
	var open []string
	for _, g := range notHeld(run.Guards) {
		open = append(open, words.Shortened(words.Plain(g.Aspect), 40))
	}
	switch {
	case len(run.Guards) == 0:
		list = append(list, "the run recorded no guards")
	case len(open) > 0:
		list = append(list, "it was not protected from "+strings.Join(open, ", "))
	}
	list = append(list, calibrationDoubt(run)...)
	if watched, disturbed := disturbances(record); disturbed > 0 {
		list = append(list, fmt.Sprintf("%d of %d executions were disturbed and do not count", disturbed, watched))
	}
	list = append(list, unconfirmed(sorted)...)
	if watched, _ := disturbances(record); watched == 0 && len(record.Executions) > 0 {
		list = append(list, "nobody watched what disturbed it")
	}
	return list
}

func calibrationDoubt(run results.Run) []string {
	if len(run.Noise) == 0 {
		return []string{"the noise of this machine was never calibrated"}
	}
	if days := calibrationDays(run); days > 0 {
		return []string{fmt.Sprintf("the calibration was %d days old", days)}
	}
	return nil
}

// unconfirmed counts changes that no second block confirmed.
func unconfirmed(sorted []verdict.Comparison) []string {
	n := 0
	for _, c := range sorted {
		if c.Verdict == verdict.Regression && confirmedWords(c) == "" {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d %s not confirmed in a second block", n, eitherOf(n, "regression was", "regressions were"))}
}

// belief says whether to believe what a run says.
func belief(doubts []string) string {
	if len(doubts) == 0 {
		return "Nothing speaks against believing it: all guards held, the machine is calibrated, and no execution that counts was disturbed."
	}
	return "Believe it with care: " + words.Sentence(joined(doubts))
}
