package reports

import (
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostOpenBroken is how many broken benchmarks show their evidence at once;
// from more on, the rest waits for a click.
const mostOpenBroken = 8

// mostBroken is how many broken ones show evidence at all: in a run in which all
// breaks, it is the same over and over.
const mostBroken = 40

// mostOutput is how many bytes of output a page repeats of all of them together.
const mostOutput = 100_000

// brokenView is a broken benchmark with its evidence.
type brokenView struct {
	Mark                      words.Mark
	Benchmark, Metric, Reason string
	Evidence                  []evidenceView
	Open                      bool
}

type evidenceView struct {
	Where, Kind, Detail, Stderr, Stdout string
	Cut                                 bool
	Missing                             bool // there is output, and no room for it
}

// newBroken picks the broken comparisons, of which only so many are open.
func newBroken(names []string, of map[string][]comparedRow, samples sampleIndex) (list []brokenView) {
	room := mostOutput
	for _, name := range names {
		for _, r := range of[name] {
			if r.Verdict != verdict.Broken || len(list) == mostBroken {
				continue
			}
			row := trueMinus(r.model)
			view := brokenView{words.MarkOf(r.Verdict), row.Benchmark, row.Metric, row.Reason, nil, len(list) < mostOpenBroken}
			for _, f := range r.Evidence {
				e := newEvidence(f, samples.where(name, f))
				if room -= len(e.Stderr) + len(e.Stdout); room < 0 {
					e.Stderr, e.Stdout, e.Cut, e.Missing = "", "", false, e.Stderr+e.Stdout != ""
				}
				view.Evidence = append(view.Evidence, e)
			}
			list = append(list, view)
		}
	}
	return list
}

func newEvidence(f results.Fault, where string) evidenceView {
	stderr, cutErr := words.Tail(f.Stderr, mostEvidence)
	stdout, cutOut := words.Tail(f.Stdout, mostEvidence)
	return evidenceView{
		Where: where, Kind: words.Plain(string(f.Kind)), Detail: words.Plain(f.Detail),
		Stderr: words.Block(stderr), Stdout: words.Block(stdout), Cut: cutErr || cutOut,
	}
}
