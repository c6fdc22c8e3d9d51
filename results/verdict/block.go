package verdict

import (
	"fmt"
	"math"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/sequential"
)

const (
	// leastConfirming is the fewest rounds of a second block: with them an effect of
	// three standard errors is seen again in nine of ten cases.
	leastConfirming = 10
	// longer is how many times the rounds of the first block the second takes, up to
	// those that were planned. An alarm comes early where chance helps a true change,
	// and chance does not help twice: with as many rounds again, a third of true
	// alarms stayed open (perfrun simulate).
	longer = 2
	// holds is the part of the least effect that a second block must show by itself.
	// The first block's estimate is of those that happened to be large, so that a
	// true change is smaller than it says; half of what matters is no accident.
	holds = 0.5
)

// Block is what a second block says of an alarm, from its own data alone.
type Block struct {
	Outcome results.AlarmOutcome `json:"outcome"`
	Change  float64              `json:"change"`
	Low     float64              `json:"low"` // 95 % interval of Change
	High    float64              `json:"high"`
	P       float64              `json:"p"` // two-sided rank test
	Base    Summary              `json:"base"`
	Head    Summary              `json:"head"`
}

// Confirmation is what a second block must measure.
type Confirmation struct {
	Benchmark string
	Rounds    int
}

// ToConfirm names the benchmarks with an alarm in the complete first block, and
// how many rounds of a second each needs: twice as many as the first took, or as
// many as were planned.
func ToConfirm(record *results.Record) []Confirmation {
	return Alarmed(record.Run, Parts(record))
}

// Alarmed is ToConfirm where the benchmarks are measured already.
func Alarmed(run results.Run, parts []Part) (list []Confirmation) {
	rounds := map[string]int{}
	for i, c := range together(parts) {
		if c.alarms() {
			took := parts[i].rounds
			rounds[c.Benchmark] = max(leastConfirming, min(longer*took, max(took, run.Plan.Rounds)))
		}
	}
	for _, b := range run.Bench {
		if n := rounds[b.Name]; n > 0 {
			list = append(list, Confirmation{b.Name, n})
		}
	}
	return list
}

// Alarms says what became of the alarms of a run's first block, in the suite's
// order.
func Alarms(record *results.Record) (list []results.Alarm) {
	all := judgeFirst(record)
	confirm(all, record)
	for _, c := range all {
		if c.Second != nil {
			list = append(list, results.Alarm{Benchmark: c.Benchmark, Metric: c.Metric, Outcome: c.Second.Outcome})
		}
	}
	return list
}

// alarms reports whether a second block must confirm it. Exact counts need none:
// they would only be the same again.
func (c Comparison) alarms() bool {
	return (c.Verdict == Regression || c.Verdict == Improvement) && !c.Exact
}

// confirm holds every alarm of a run that plans to confirm them against its second
// block.
func confirm(all []*Comparison, record *results.Record) {
	if len(record.Run.Plan.Looks) == 0 {
		return
	}
	second := map[string]*history{}
	for _, h := range collect(record, secondBlock) {
		second[h.benchmark.Name] = h
	}
	for _, c := range all {
		if c.alarms() {
			c.Second = judgeSecond(*c, second[c.Benchmark])
			c.confirmed()
		}
	}
}

// judgeSecond compares the metric's values in the second block.
func judgeSecond(alarm Comparison, h *history) *Block {
	b := &Block{Outcome: results.Open, P: 1}
	var s *series
	if h != nil {
		s = h.index[alarm.Metric.Key()]
	}
	if s == nil {
		return b
	}
	c := h.comparison()
	c.Metric = alarm.Metric
	c.Base, c.Head = summarize(s.values[results.Base]), summarize(s.values[results.Head])
	measure(&c, evidenceOf(s), sequential.Look{}, 0)
	b.Change, b.Low, b.High, b.P, b.Base, b.Head = c.Change, c.Low, c.High, c.P, c.Base, c.Head
	if c.Verdict != CannotTell { // enough was measured
		b.Outcome = outcome(alarm, c)
	}
	return b
}

// outcome compares the blocks. There is one alarm to be tested again, so the
// interval and the plain p-value decide.
func outcome(alarm, again Comparison) results.AlarmOutcome {
	along := again.Change * math.Copysign(1, alarm.Change)
	switch {
	case along < holds*alarm.LeastEffect():
		return results.Refuted
	case (again.Low > 0 || again.High < 0) && again.P < 2*tail:
		return results.Confirmed
	}
	return results.Open
}

// confirmed makes the verdict what both blocks say.
func (c *Comparison) confirmed() {
	b := c.Second
	rounds := min(b.Base.N, b.Head.N)
	again := fmt.Sprintf("%s [%s, %s]", change(b.Change), change(b.Low), change(b.High))
	switch b.Outcome {
	case results.Confirmed:
		c.Reason += fmt.Sprintf(", confirmed in a second block: %s", again)
	case results.Refuted:
		c.Verdict, c.Reason = CannotTell, fmt.Sprintf("%s in the first block, but %s in a second one: the alarm is refuted", measured(*c), again)
	default:
		c.Verdict = CannotTell
		if rounds < minExecutions {
			c.Reason = fmt.Sprintf("%s, but no second block could confirm it: %d executions a side, %d are needed", measured(*c), rounds, minExecutions)
		} else {
			c.Reason = fmt.Sprintf("%s in the first block, and %s in a second one, which alone is not sure", measured(*c), again)
		}
	}
}
