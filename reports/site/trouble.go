package site

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostBroken is how many of what one run lacks the overview names.
const mostBroken = 10

// Trouble is something without which a page would look better than things are.
type Trouble struct {
	What string `json:"what"`
	Page string `json:"page,omitempty"`
	More int    `json:"more,omitempty"` // like it, of the same run
}

// troubles are the runs that ended without a verdict and that no later one of their lane
// has made good, newest first; and what the newest that is done has no result of.
func (s *Site) troubles(ctx context.Context, lanes []lane) (list []Trouble, err error) {
	list = failures(lanes)
	for _, l := range lanes {
		run, is := l.done()
		if !is || l.Kind != results.Comparison {
			continue
		}
		broken, bad := s.broken(ctx, run)
		lost, worse := s.lost(ctx, l, run)
		list, err = slices.Concat(list, broken, lost), cmp.Or(err, bad, worse)
	}
	return list, err
}

func failures(lanes []lane) []Trouble {
	var runs []results.Run
	for _, l := range lanes {
		for _, r := range l.recent {
			if r.State == results.Failed || r.State == results.Quarantined {
				runs = append(runs, r)
			}
		}
	}
	slices.SortStableFunc(runs, newestFirst)
	list := []Trouble{}
	for _, r := range runs {
		what := fmt.Sprintf("%s on %s %s: %s", suiteWord(r.Suite), shortName(r.Class), words.Plain(string(r.State)), words.Plain(words.Shortened(r.Error, 160)))
		list = append(list, Trouble{What: what, Page: runAddress(r.ID)})
	}
	return list
}

// broken is what a run could not conclude anything of, as it counted when it ended.
func (s *Site) broken(ctx context.Context, run results.Run) ([]Trouble, error) {
	all := run.Counts[string(verdict.Broken)]
	if all == 0 {
		return nil, nil
	}
	outcomes, _, err := s.source.OutcomesWith(ctx, run.ID, string(verdict.Broken), mostBroken)
	var lines []string
	for _, o := range outcomes {
		name := shortName(o.Benchmark)
		if o.Metric.Name != "" {
			name += " " + shortName(o.Metric.String())
		}
		lines = append(lines, name+" is broken: "+words.Plain(words.Shortened(o.Reason, 160)))
	}
	if len(lines) == 0 {
		lines = []string{several(all, "result") + " broken"}
	}
	return troublesOf(run, lines, all), err
}

// lost are benchmarks that the run does not have, and that a run of its base had. One that
// was asked for some benchmarks only has lost nothing.
func (s *Site) lost(ctx context.Context, l lane, run results.Run) ([]Trouble, error) {
	before, err := s.before(ctx, l, run)
	if before == "" || err != nil {
		return nil, err
	}
	names, err := s.source.LostSince(ctx, before, run.ID)
	if len(names) == 0 || err != nil {
		return nil, err
	}
	whole, err := s.source.Run(ctx, run.ID)
	if err != nil || slices.Contains(whole.Command, "--only") {
		return nil, err
	}
	var lines []string
	for _, name := range names[:min(len(names), mostBroken)] {
		lines = append(lines, shortName(name)+" is not measured any more: run "+words.Plain(before)+" still had it")
	}
	return troublesOf(run, lines, len(names)), nil
}

// mostBefore is how far back a run of a base is looked for.
const mostBefore = 20

// before is the newest run before one that measured its base as it does; empty where
// there is none, or where either kept no outcomes.
func (s *Site) before(ctx context.Context, l lane, run results.Run) (string, error) {
	if run.Counts == nil {
		return "", nil
	}
	list, err := s.source.DoneOf(ctx, l.Lane, mostBefore)
	for _, r := range list {
		if r.ID != run.ID && r.Counts != nil && (r.Head.Rev == run.Base.Rev || r.Base.Rev == run.Base.Rev) {
			return r.ID, err
		}
	}
	return "", err
}

// troublesOf are lines on a run; the last says how many more there are.
func troublesOf(run results.Run, lines []string, all int) (list []Trouble) {
	for _, line := range lines {
		list = append(list, Trouble{What: fmt.Sprintf("%s on %s: %s", suiteWord(run.Suite), shortName(run.Class), line), Page: runAddress(run.ID)})
	}
	if n := len(list); n > 0 {
		list[n-1].More = all - n
	}
	return list
}
