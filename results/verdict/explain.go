package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// Explained is a comparison, and how it came about.
type Explained struct {
	Comparison
	Steps []Step `json:"steps"`
}

// Step is one step from samples to a verdict, in words and numbers.
type Step struct {
	Name  string `json:"name"`
	Words string `json:"words"`
}

// Explain judges a run again, worst first, and says for each comparison which step
// led to the next. What is broken has no steps: its reason is all.
func Explain(record *results.Record) []Explained {
	histories, second := map[string]*history{}, map[string]*history{}
	for _, h := range collect(record, firstBlock) {
		histories[h.benchmark.Name] = h
	}
	for _, h := range collect(record, secondBlock) {
		second[h.benchmark.Name] = h
	}
	all := Judge(record)
	list := make([]Explained, len(all))
	for i, c := range all {
		list[i].Comparison = c
		if s := histories[c.Benchmark].index[c.Metric.Key()]; s != nil && c.Verdict != Broken {
			x := explainer{c: c, history: histories[c.Benchmark], second: second[c.Benchmark], all: all}
			x.explain(s, record.Run)
			list[i].Steps = x.steps
		}
	}
	return list
}

// explainer writes the steps of one comparison.
type explainer struct {
	c               Comparison
	history, second *history
	all             []Comparison
	steps           []Step
}

func (x *explainer) say(name, format string, args ...any) {
	x.steps = append(x.steps, Step{name, fmt.Sprintf(format, args...)})
}

func (x *explainer) explain(s *series, run results.Run) {
	c := x.c
	if s.counted {
		x.say("executions", "%d of base and %d of head were made under callgrind, apart from the rounds, and have this count alone", c.Base.N, c.Head.N)
	} else {
		x.say("executions", "%d of base and %d of head count, %d were contaminated and do not; the value of an execution is the median of its samples (%d on base, %d on head)",
			c.Base.N, c.Head.N, c.Contaminated, samples(s.groups[results.Base]), samples(s.groups[results.Head]))
	}
	for _, note := range s.warmup.notes {
		x.say("settling", "%s", note)
	}
	if c.Exact || !c.HasInterval() {
		x.say("verdict", "%s: %s", c.Verdict, c.Reason)
		return
	}
	e := evidenceOf(s)
	look := x.history.look(&run, s)
	x.pairing(s, e)
	x.say("change", "the medians are %.6g on base and %.6g on head: %s; by the other estimate, from all values, %s",
		median(e.base), median(e.head), change(c.Change), change(c.Shift))
	x.say("resemblance", "successive values widen the interval by a factor of %.3g", c.Widened)
	if n := len(run.Plan.Looks); n > 1 && !s.counted {
		x.say("look", "the run was looked at after %v rounds; this ended after %d, where an error of %.2g is spent so that all looks together have 5 %%",
			run.Plan.Looks, x.history.rounds, look.Level(2*tail))
	}
	x.say("interval", "%d resamples, seeded by the values, give %s", resamples, span(c))
	x.test(e)
	x.suite()
	x.effect()
	x.block()
	x.say("verdict", "%s: %s", c.Verdict, c.Reason)
}

func samples(groups [][]float64) (n int) {
	for _, g := range groups {
		n += len(g)
	}
	return n
}

func (x *explainer) pairing(s *series, e *evidence) {
	pairs := s.pairs()
	base, head := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		base[i], head[i] = p.base, p.head
	}
	how := "so sides are compared as they are"
	if e.paired {
		how = "so what hits a round hits both, and sides are compared round by round"
	}
	x.say("rounds", "over %d rounds with both sides the rank correlation of base and head is %.2f, %s", len(pairs), correlation(ranks(base), ranks(head)), how)
}

func (x *explainer) test(e *evidence) {
	name := "Mann-Whitney's test"
	if e.paired {
		name = "Wilcoxon's signed rank test"
	}
	x.say("test", "%s gives p %.3g; with resemblance and looks paid for it is %.3g", name, e.p(1), x.c.P)
}

// suite says where the p-value stands among all.
func (x *explainer) suite() {
	var tested []float64
	for _, c := range x.all {
		if c.HasInterval() && !c.Exact {
			tested = append(tested, c.P)
		}
	}
	slices.SortFunc(tested, cmp.Compare[float64])
	place, _ := slices.BinarySearch(tested, x.c.P)
	x.say("suite", "it is number %d of %d by p; as a false discovery it counts %.3g, and up to %g is an alarm", place+1, len(tested), x.c.Q, falseDiscovery)
}

func (x *explainer) effect() {
	floor := "no calibration tells this host's noise floor"
	if x.c.NoiseFloor > 0 {
		floor = fmt.Sprintf("this host's noise floor is %s (calibration %s)", percent(x.c.NoiseFloor), x.c.Calibration)
	}
	reaches := "do not both reach"
	if x.c.reaches(x.c.LeastEffect()) {
		reaches = "both reach"
	}
	x.say("effect", "the minimum effect is %s, %s: the estimates %s %s", percent(x.c.MinEffect), floor, reaches, percent(x.c.LeastEffect()))
}

func (x *explainer) block() {
	b := x.c.Second
	if b == nil {
		return
	}
	x.say("second block", "%d executions of base and %d of head in new containers: %s [%s, %s], p %.3g, by which the alarm is %s",
		b.Base.N, b.Head.N, change(b.Change), change(b.Low), change(b.High), b.P, b.Outcome)
}
