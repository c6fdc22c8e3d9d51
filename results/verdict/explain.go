package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"

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
		x.say("executions", "%d of base and %d of head count, %s; the value of an execution is the median of its samples (%d on base, %d on head)",
			c.Base.N, c.Head.N, disturbedOrNone(c.Contaminated), samples(s.groups[results.Base]), samples(s.groups[results.Head]))
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
	base, head := valued(median(e.base), median(e.head), c.Metric.Unit)
	x.say("change", "the medians are %s on base and %s on head: %s; by the other estimate, from all values, %s", base, head, change(c.Change), change(c.Shift))
	x.neighbours()
	if n := len(run.Plan.Looks); n > 1 && !s.counted {
		x.say("looking early", "the run was judged after %s rounds and could have ended at each; it ended after %d. So that all these chances together err in 5 %% of cases at most, this one may in %s",
			enumerated(run.Plan.Looks), x.history.rounds, percent(look.Level(2*tail)))
	}
	x.say("interval", "of %d draws from these values 95 %% give a change within %s", resamples, span(c))
	x.test(e)
	x.suite()
	x.effect()
	x.block()
	x.say("verdict", "%s: %s", c.Verdict, c.Reason)
}

// neighbours says what it costs that values resemble those taken just before.
func (x *explainer) neighbours() {
	if x.c.Widened <= 1 {
		x.say("neighbours", "values are no more like those taken just before than like any other, so each counts in full")
		return
	}
	x.say("neighbours", "values are like those taken just before, so they tell less than as many independent ones: the interval is made %.2f times as wide", x.c.Widened)
}

// enumerated lists numbers as a sentence does: "6, 8 and 10".
func enumerated(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func disturbedOrNone(n int) string {
	if n == 0 {
		return "none was disturbed"
	}
	return disturbed(n)
}

// valued words two values in one unit that people read: "815.2 µs", "806.1 µs".
func valued(a, b float64, unit string) (string, string) {
	x, name := benchunit.Tidy(a, unit)
	y, _ := benchunit.Tidy(b, unit)
	scaler := benchunit.CommonScale([]float64{x, y}, benchunit.ClassOf(name))
	name = strings.TrimSuffix(" "+scaler.Prefix+strings.Replace(name, "sec", "s", 1), " ")
	scaler.Prefix = ""
	return scaler.Format(x) + name, scaler.Format(y) + name
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
	if !e.paired && len(pairs) < pairedRounds {
		x.say("rounds", "%d rounds with both sides are too few to tell whether base and head rise and fall together, which takes %d: sides are compared as they are",
			len(pairs), pairedRounds)
		return
	}
	together, how := "hardly", "so sides are compared as they are"
	if e.paired {
		together, how = "clearly", "so what hits a round hits both, and sides are compared round by round"
	}
	x.say("rounds", "over %d rounds with both sides base and head %s rise and fall together (rank correlation %.2f), %s",
		len(pairs), together, correlation(ranks(base), ranks(head)), how)
}

func (x *explainer) test(e *evidence) {
	name := "Mann-Whitney's test"
	if e.paired {
		name = "Wilcoxon's signed rank test"
	}
	x.say("test", "were the sides equal, %s would find them this different by chance with probability %.3g; neighbours and early looks taken into account, with %.3g", name, e.p(1), x.c.P)
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
	x.say("suite", "by that probability it is number %d of the %d comparisons of the suite; all of them taken into account, its own is %.3g, and up to %g is an alarm", place+1, len(tested), x.c.Q, falseDiscovery)
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
