package verdict

import (
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/steady"
)

// Warmup is what a comparison leaves out because it was not settled yet, from both
// sides alike: what they have in common decides, so that neither gains by it.
type Warmup struct {
	Samples int `json:"samples,omitempty"` // the first of every execution
	Rounds  int `json:"rounds,omitempty"`  // the first of the run
	// Restless are the rounds of executions that never settled by themselves and do
	// not count, by side.
	Restless map[results.Side][]int `json:"restless,omitempty"`
	notes    []string
}

// mostRestless is the share of a side's executions up to which those that never
// settle are oddities. Beyond it that is how the program is, and leaving them out
// would hide what it does.
const mostRestless = 0.25

// settle leaves out what is warm-up. Nothing is left out where less would remain
// than a verdict needs: then it is only told.
func (s *series) settle() {
	s.settleInside()
	s.settleAcross()
}

// settleInside looks at the samples within executions.
func (s *series) settleInside() {
	base, head := s.groups[results.Base], s.groups[results.Head]
	found := steady.Inside(slices.Concat(base, head))
	switch {
	case found.State == steady.Unsettled:
		s.warmup.notes = append(s.warmup.notes, "executions do not settle: "+found.Why)
		return
	case found.Skip > 0:
		s.warmup.Samples = found.Skip
		s.warmup.notes = append(s.warmup.notes, fmt.Sprintf("the first %d samples of every execution are left out: %s", found.Skip, found.Why))
		for _, side := range results.Sides() {
			s.skipSamples(side, found.Skip)
		}
	}
	s.dropRestless(found.Restless, len(base))
}

func (s *series) skipSamples(side results.Side, skip int) {
	for i, group := range s.groups[side] {
		s.groups[side][i] = group[min(skip, len(group)-1):]
		s.values[side][i] = median(s.groups[side][i])
	}
}

// dropRestless leaves out executions that never settle; those of head are numbered
// after the bases of base.
func (s *series) dropRestless(restless []int, bases int) {
	of := map[results.Side][]int{}
	for _, i := range restless {
		if i < bases {
			of[results.Base] = append(of[results.Base], i)
		} else {
			of[results.Head] = append(of[results.Head], i-bases)
		}
	}
	for _, side := range results.Sides() {
		all := len(s.values[side])
		if dropped := len(of[side]); float64(dropped) > mostRestless*float64(all) || all-dropped < minExecutions {
			if len(restless) > 0 {
				s.warmup.notes = append(s.warmup.notes, fmt.Sprintf("%d of %d executions never settle", len(restless), len(s.values[results.Base])+len(s.values[results.Head])))
			}
			return
		}
	}
	for _, side := range results.Sides() {
		s.drop(side, of[side])
	}
}

func (s *series) drop(side results.Side, dropped []int) {
	if len(dropped) == 0 {
		return
	}
	if s.warmup.Restless == nil {
		s.warmup.Restless = map[results.Side][]int{}
	}
	var rounds []string
	for _, i := range dropped {
		s.warmup.Restless[side] = append(s.warmup.Restless[side], s.rounds[side][i])
		rounds = append(rounds, fmt.Sprint(s.rounds[side][i]+1))
	}
	s.warmup.notes = append(s.warmup.notes, fmt.Sprintf("executions of %s that never settle do not count: round %s", side, strings.Join(rounds, ", ")))
	for _, i := range slices.Backward(dropped) {
		s.values[side] = slices.Delete(s.values[side], i, i+1)
		s.groups[side] = slices.Delete(s.groups[side], i, i+1)
		s.rounds[side] = slices.Delete(s.rounds[side], i, i+1)
	}
}

// settleAcross looks at the executions of a run, one after the other.
func (s *series) settleAcross() {
	base, head := s.values[results.Base], s.values[results.Head]
	found := steady.Across(base, head)
	if found.State == steady.Steady || found.State == steady.TooFew {
		return
	}
	if found.Skip == 0 || min(len(base), len(head))-found.Skip < minExecutions {
		s.warmup.notes = append(s.warmup.notes, "over the run: "+found.Why)
		return
	}
	s.warmup.Rounds = found.Skip
	s.warmup.notes = append(s.warmup.notes, fmt.Sprintf("the first %d executions of each side are left out: %s", found.Skip, found.Why))
	for _, side := range results.Sides() {
		s.values[side], s.groups[side], s.rounds[side] = s.values[side][found.Skip:], s.groups[side][found.Skip:], s.rounds[side][found.Skip:]
	}
}

// leftOut tells what was left out of a comparison.
func (c *Comparison) leftOut(w Warmup) {
	if w.Samples > 0 || w.Rounds > 0 || len(w.Restless) > 0 {
		c.Warmup = &w
	}
	if c.HasInterval() || c.Warmup != nil {
		c.Warnings = append(c.Warnings, w.notes...)
	}
}
