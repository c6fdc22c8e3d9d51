package site

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

var _ Source = (*store.Store)(nil)

// attack is what a name, a message or a class of hosts may be.
const attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\n\x1b[31m\u202etxt.exe javascript:alert(3) {{.}} ]]>--\x00\xff"

// shelfOf is a source that holds what a test puts into it.
type shelfOf struct {
	runs     []results.Run // newest first
	records  map[string]*results.Record
	points   map[results.Series][]results.Point
	steps    []results.Step
	accepted []results.Acceptance
	alarms   []results.AlarmTally
	err      error

	disturbed results.Disturbances
	broken    int                          // points of each series that cannot be read
	outcomes  map[string][]results.Outcome // by run
}

// editions go up whenever somebody asks: a test may have changed anything meanwhile.
var editions atomic.Int64

func (f *shelfOf) Edition(context.Context) (results.Edition, error) {
	n := editions.Add(1)
	return results.Edition{Runs: n, Findings: n}, f.err
}

func (f *shelfOf) Runs(_ context.Context, limit int) ([]results.Run, error) {
	if limit <= 0 || limit > len(f.runs) {
		limit = len(f.runs)
	}
	return f.runs[:limit], f.err
}

func (f *shelfOf) Run(_ context.Context, id string) (results.Run, error) {
	for _, r := range f.runs {
		if r.ID == id {
			return r, f.err
		}
	}
	return results.Run{}, &results.Problem{Kind: results.BadInput, Where: id, What: "there is no such run"}
}

func (f *shelfOf) Record(ctx context.Context, id string) (*results.Record, error) {
	if r, known := f.records[id]; known {
		return r, f.err
	}
	run, err := f.Run(ctx, id)
	return &results.Record{Run: run}, err
}

func (f *shelfOf) Series(context.Context, string) (all []results.Series, err error) {
	for s := range f.points {
		all = append(all, s)
	}
	return all, f.err
}

func (f *shelfOf) History(_ context.Context, s results.Series) (results.History, error) {
	h := results.NewHistory(s, f.points[s])
	h.Unreadable = f.broken
	return h, f.err
}

func (f *shelfOf) LookBack(context.Context, results.Series) (results.LookBack, error) {
	return results.LookBack{}, f.err
}

func (f *shelfOf) Latest(ctx context.Context, series []results.Series, most int) (list []results.History, err error) {
	for _, s := range series {
		all := *f
		all.points = map[results.Series][]results.Point{s: f.points[s][max(0, len(f.points[s])-most):]}
		h, err := all.History(ctx, s)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, f.err
}

func (f *shelfOf) CommitPoints(_ context.Context, rev string) (found []results.Point, err error) {
	all, _ := f.Series(context.Background(), "")
	slices.SortFunc(all, results.Series.Compare)
	for _, s := range all {
		for _, p := range f.points[s] {
			if p.Commit.Rev == rev {
				found = append(found, p)
			}
		}
	}
	return found, f.err
}

func (f *shelfOf) CommitsLike(_ context.Context, prefix string, most int) (revs []string, err error) {
	seen := map[string]bool{}
	for _, points := range f.points {
		for _, p := range points {
			if strings.HasPrefix(p.Commit.Rev, prefix) && !seen[p.Commit.Rev] {
				seen[p.Commit.Rev] = true
				revs = append(revs, p.Commit.Rev)
			}
		}
	}
	slices.Sort(revs)
	return revs[:min(most, len(revs))], f.err
}

// Steps know their commits, as those of a store do.
func (f *shelfOf) Steps(context.Context, string) ([]results.Step, error) {
	list := slices.Clone(f.steps)
	for i, step := range list {
		for _, p := range f.points[step.Series] {
			if p.Commit.Rev == step.Bad {
				list[i].Commit = p.Commit
			}
			if p.Commit.Rev == step.Good {
				list[i].GoodCommit = p.Commit
			}
		}
	}
	return list, f.err
}

func (f *shelfOf) Acceptances(context.Context, string) ([]results.Acceptance, error) {
	return f.accepted, f.err
}

func (f *shelfOf) Alarms(context.Context, string) ([]results.AlarmTally, error) {
	return f.alarms, f.err
}

func (f *shelfOf) Disturbances(context.Context, string, int) (results.Disturbances, int, error) {
	return f.disturbed, min(f.disturbed.Watched, 7), f.err
}

func (f *shelfOf) Lanes(context.Context) (lanes []results.Lane, err error) {
	for _, r := range f.runs {
		if l := (results.Lane{Suite: r.Suite, Class: r.Class, Kind: r.Kind}); !slices.Contains(lanes, l) {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b results.Lane) int {
		return cmp.Or(cmp.Compare(a.Suite, b.Suite), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Kind, b.Kind))
	})
	return lanes, f.err
}

// some are the newest runs that fit, at most so many.
func (f *shelfOf) some(most int, fits func(results.Run) bool) (list []results.Run, err error) {
	for _, r := range f.runs {
		if fits(r) && (most < 0 || len(list) < most) {
			list = append(list, r)
		}
	}
	return list, f.err
}

func (f *shelfOf) RunsOf(_ context.Context, l results.Lane, most int) ([]results.Run, error) {
	return f.some(most, func(r results.Run) bool { return l == results.Lane{Suite: r.Suite, Class: r.Class, Kind: r.Kind} })
}

func (f *shelfOf) DoneOf(_ context.Context, l results.Lane, most int) ([]results.Run, error) {
	return f.some(most, func(r results.Run) bool {
		return r.State == results.Done && l == results.Lane{Suite: r.Suite, Class: r.Class, Kind: r.Kind}
	})
}

func (f *shelfOf) Recent(ctx context.Context, l results.Lane, most int) ([]results.Run, error) {
	list, err := f.RunsOf(ctx, l, most)
	if i := slices.IndexFunc(list, func(r results.Run) bool { return r.State == results.Done }); i >= 0 {
		list = list[:i+1]
	}
	return list, err
}

func (f *shelfOf) Measured(_ context.Context, class string, most int) ([]results.Run, error) {
	return f.some(most, func(r results.Run) bool { return r.Class == class && r.Kind != results.Elsewhere })
}

func (f *shelfOf) Twins(_ context.Context, suite, base, head string) ([]results.Run, error) {
	return f.some(-1, func(r results.Run) bool {
		return r.Suite == suite && r.Base.Rev == base && r.Head.Rev == head && r.Kind == results.Comparison && r.State == results.Done && !r.Head.Dirty
	})
}

func (f *shelfOf) RunsAt(_ context.Context, rev string, most int) ([]results.Run, error) {
	return f.some(most, func(r results.Run) bool {
		return r.Kind == results.Comparison && r.State == results.Done && (r.Base.Rev == rev || r.Head.Rev == rev)
	})
}

func (f *shelfOf) OddIDs(context.Context) (ids []string, err error) {
	for _, r := range f.runs {
		ids = append(ids, r.ID)
	}
	return ids, f.err
}

func (f *shelfOf) Outcomes(_ context.Context, run string) ([]results.Outcome, int, error) {
	return f.outcomes[run], 0, f.err
}

func (f *shelfOf) OutcomesWith(_ context.Context, run, verdict string, most int) (list []results.Outcome, _ int, err error) {
	for _, o := range f.outcomes[run] {
		if o.Verdict == verdict && len(list) < most {
			list = append(list, o)
		}
	}
	return list, 0, f.err
}

func (f *shelfOf) LostSince(_ context.Context, before, run string) (lost []string, err error) {
	has := func(o results.Outcome) bool {
		return slices.ContainsFunc(f.outcomes[run], func(p results.Outcome) bool { return p.Benchmark == o.Benchmark })
	}
	for _, o := range f.outcomes[before] {
		if !has(o) && !slices.Contains(lost, o.Benchmark) {
			lost = append(lost, o.Benchmark)
		}
	}
	return lost, f.err
}

func (f *shelfOf) NoiseOf(ctx context.Context, id string) ([]results.Noise, error) {
	run, err := f.Run(ctx, id)
	return run.Noise, err
}

var start = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

// rev is the revision of a commit by its number.
func rev(n int) string { return fmt.Sprintf("%04x%036x", n*7919%65536, n) }

func commit(n int) results.Commit {
	return results.Commit{Rev: rev(n), Subject: fmt.Sprintf("Change %d", n), Author: "Ada", When: start.Add(time.Duration(n) * 6 * time.Hour), Branch: "main"}
}

// office is an installation: a benchmark that got slower and stays so, one that was
// mended, one that is noisy, on two classes of hosts, over 40 commits.
func office() *shelfOf {
	f := &shelfOf{points: map[results.Series][]results.Point{}, records: map[string]*results.Record{}}
	random := rand.New(rand.NewPCG(1, 2))
	levels := map[string]func(n int) (level, noise float64){
		"join":  func(n int) (float64, float64) { return 0.0121 * (1 + 0.08*step(n, 30, 99)), 0.002 },
		"merge": func(n int) (float64, float64) { return 0.0034 * (1 + 0.2*step(n, 12, 25)), 0.004 },
		"noisy": func(int) (float64, float64) { return 1.7, 0.06 },
	}
	for _, class := range []string{"office", "cloud"} {
		for _, name := range []string{"join", "merge", "noisy"} {
			s := results.Series{Suite: "dataflow", Branch: "main", Class: class, Benchmark: name, Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}}
			for n := range 40 {
				level, noise := levels[name](n)
				if class == "cloud" {
					level, noise = level*1.4, noise*4
				}
				v := level * (1 + noise*random.NormFloat64())
				run, side := runID(class, n), results.Head
				if n == 0 {
					run, side = runID(class, 1), results.Base
				}
				f.points[s] = append(f.points[s], results.Point{
					Series: s, Run: run, Side: side, Commit: commit(n), Environment: fmt.Sprintf("env%d", n/35),
					Value: v, Low: v * (1 - noise), High: v * (1 + noise), N: 20,
				})
			}
		}
	}
	f.addSteps()
	f.addRuns()
	return f
}

func step(n, from, to int) float64 {
	if n >= from && n < to {
		return 1
	}
	return 0
}

func runID(class string, n int) string { return fmt.Sprintf("%s-%03d", class, n) }

func (f *shelfOf) addSteps() {
	add := func(name string, at int, change, before float64) {
		s := results.Series{Suite: "dataflow", Branch: "main", Class: "office", Benchmark: name, Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}}
		f.steps = append(f.steps, results.Step{
			Series: s, Environment: fmt.Sprintf("env%d", at/35), Good: rev(at - 1), Bad: rev(at), Change: change, Low: change - 0.01, High: change + 0.01,
			Before: before, After: before * (1 + change), Source: results.FromRun, Run: runID("office", at), Announced: commit(at).When.Add(time.Hour),
		})
	}
	add("merge", 12, 0.2, 0.0034)
	add("merge", 25, -0.1667, 0.00408)
	add("join", 30, 0.08, 0.0121)
}

func (f *shelfOf) addRuns() {
	for n := 39; n > 0; n-- {
		for _, class := range []string{"office", "cloud"} {
			f.runs = append(f.runs, results.Run{
				ID: runID(class, n), Kind: results.Comparison, State: results.Done, Suite: "dataflow", Class: class, User: "ada",
				Base: commit(n - 1), Head: commit(n), Created: commit(n).When.Add(time.Hour), Finished: commit(n).When.Add(2 * time.Hour),
				Env: []results.Fact{{Name: "cpu.model", Value: "Example CPU 9000"}, {Name: "host.name", Value: class + "-box"}},
			})
		}
	}
	f.runs[0].Quiet = results.Quiet{Asked: results.LevelIsolate, Reached: results.LevelIsolate, Shield: results.ShieldIsolated, Knobs: []results.Knob{{Name: "governor", Outcome: results.KnobApplied, Was: "powersave", Is: "performance"}}}
	f.runs[0].Guards = []results.Guard{{Aspect: "cpus", Held: true, Detail: "benchmarks ran on cpus 2-3"}, {Aspect: "network", Held: false, Detail: "benchmarks could use the network"}}
	for i := range 3 {
		at := start.Add(time.Duration(i) * 72 * time.Hour)
		f.runs = append(f.runs, results.Run{
			ID: fmt.Sprintf("calibration-%d", i), Kind: results.Calibration, State: results.Done, Suite: "dataflow", Class: "office", Created: at, Finished: at.Add(time.Hour),
			Noise: []results.Noise{
				{Benchmark: "join", Metric: results.Metric{Name: "wall", Unit: "sec"}, Run: fmt.Sprintf("calibration-%d", i), Rounds: 30, CV: 0.002, Floor: 0.004 + 0.001*float64(i), Visible: 0.008, FalseAlarms: 0.002},
				{Benchmark: "noisy", Metric: results.Metric{Name: "wall", Unit: "sec"}, Run: fmt.Sprintf("calibration-%d", i), Rounds: 30, CV: 0.06, Floor: 0.05, Visible: 0.12, FalseAlarms: 0.01},
			},
		})
	}
	failed := results.Run{
		ID: "failed-1", Kind: results.Comparison, State: results.Failed, Suite: "storage", Class: "office", Error: "the image is gone", Base: commit(38), Head: commit(39),
		Created: commit(39).When.Add(3 * time.Hour), Finished: commit(39).When.Add(3 * time.Hour),
	}
	f.runs = append([]results.Run{failed}, f.runs...)
	f.alarms = []results.AlarmTally{{Suite: "dataflow", Host: "office-box", Runs: 39, Confirmed: 3, Refuted: 1, Open: 1}}
}
