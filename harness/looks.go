package harness

import (
	"fmt"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// standing is what a look says of one benchmark, and how long it would take to say
// more.
type standing struct {
	verdict.Standing
	left time.Duration // 0: no estimate
}

// isLook reports whether a run is looked at after so many rounds of a block.
func isLook(plan results.Plan, block, rounds int) bool {
	return block == firstBlock && slices.Contains(plan.Looks, rounds)
}

// look judges what was measured so far and stops the benchmarks that are settled;
// last says that no round of this block follows.
func (h *Harness) look(j *job, rounds int, last bool) {
	c := j.course
	var news []standing
	c.open = nil
	for i, s := range verdict.Look(j.record()) {
		switch {
		case c.broken[i] || c.settled[i]:
		case s.Settled:
			c.settle(i, rounds)
			if s.Alarm {
				c.confirm[i] = rounds
			}
			news = append(news, standing{Standing: s})
		default:
			c.expect[i] = expected(j.run.Plan, rounds, s.MoreRounds)
			c.open = append(c.open, standing{s, c.times(i, s.MoreRounds)})
		}
	}
	if len(j.run.Plan.Looks) > 1 { // else everybody sees the same in a moment
		h.sayLook(j, rounds, news, last)
	}
}

// expected is the round at which a benchmark will probably be settled: the first
// look that has enough, as far as that can be estimated.
func expected(plan results.Plan, rounds, more int) int {
	i, _ := slices.BinarySearch(plan.Looks, rounds+more)
	if more == 0 || i == len(plan.Looks) {
		return plan.Rounds
	}
	return plan.Looks[i]
}

// mostLines bounds how many benchmarks a look speaks of: the log of a large suite
// is read by people, too.
const mostLines = 10

func (h *Harness) sayLook(j *job, rounds int, news []standing, last bool) {
	c, settled := j.course, 0
	for i := range c.settled {
		if c.settled[i] || c.broken[i] {
			settled++
		}
	}
	h.Progress.Say(fmt.Sprintf("after %s %d of %s settled", count(rounds, "round"), settled, are(len(c.settled), "benchmark")))
	slices.SortStableFunc(news, alarmsFirst)
	h.sayList(news, func(s standing) string { return fmt.Sprintf("  %s: %s", s.Benchmark, s.Why) })
	if !last { // else that is said at the very end
		h.sayList(c.open, func(s standing) string { return fmt.Sprintf("  %s: still unsure%s", s.Benchmark, s.more()) })
	}
}

func alarmsFirst(a, b standing) int {
	switch {
	case a.Alarm == b.Alarm:
		return 0
	case a.Alarm:
		return -1
	}
	return 1
}

// sayUnsure says what a run ends without knowing.
func (h *Harness) sayUnsure(j *job) {
	h.sayList(j.course.open, func(s standing) string {
		return fmt.Sprintf("still unsure of %s: %s%s", s.Benchmark, s.Why, s.more())
	})
}

// more says what it would take to be sure.
func (s standing) more() string {
	if s.MoreRounds == 0 {
		return ""
	}
	text := fmt.Sprintf(", about %s", count(s.MoreRounds, "more round"))
	if s.left > 0 {
		text += ", " + Roughly(s.left)
	}
	return text
}

func (h *Harness) sayList(list []standing, say func(standing) string) {
	for _, s := range list[:min(len(list), mostLines)] {
		h.Progress.Say(say(s))
	}
	if more := len(list) - mostLines; more > 0 {
		h.Progress.Say(fmt.Sprintf("  and %d more like that", more))
	}
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return count(n, noun) + " are"
}
