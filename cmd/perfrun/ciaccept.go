package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/client"
)

// accepted is what a regression is that somebody wants, in the verdicts of builds.
const accepted = "accepted"

// readAccepted asks which of the box's regressions are intended: those of benchmarks that
// somebody accepted at the commit, or at one that came between base and it.
func (s *step) readAccepted(ctx context.Context, box *client.Client) {
	if s.office.Record == nil || !slices.ContainsFunc(s.office.Comparisons, isRegression) {
		return
	}
	list, err := box.Acceptances(ctx, s.office.Record.Run.Suite)
	if err != nil {
		fmt.Fprintln(os.Stderr, "perfrun: what is accepted is not known: "+words.Plain(err.Error()))
		return
	}
	s.page.Accepted = map[string]bool{}
	for _, a := range list {
		wanted := func(c verdict.Comparison) bool { return isRegression(c) && c.Benchmark == a.Benchmark }
		if !s.commits[a.Commit] || s.page.Accepted[a.Benchmark] || !slices.ContainsFunc(s.office.Comparisons, wanted) {
			continue
		}
		s.accepted, s.page.Accepted[a.Benchmark] = append(s.accepted, a), true
	}
	s.noteAccepted()
}

func isRegression(c verdict.Comparison) bool { return c.Verdict == verdict.Regression }

// mostNoted is how many acceptances are explained.
const mostNoted = 20

func (s *step) noteAccepted() {
	for i, a := range s.accepted {
		if i == mostNoted {
			s.page.Notes = append(s.page.Notes, fmt.Sprintf("%d more are accepted: perfrun accept lists them.", len(s.accepted)-i))
			return
		}
		s.page.Notes = append(s.page.Notes, fmt.Sprintf("%s is accepted by %s since %.12s: %s", words.Plain(a.Benchmark), words.Plain(a.By), a.Commit, words.Shortened(words.Plain(a.Reason), 300)))
	}
}

// isAccepted reports whether a comparison is a regression that is intended.
func (s *step) isAccepted(c verdict.Comparison) bool {
	return isRegression(c) && slices.ContainsFunc(s.accepted, func(a results.Acceptance) bool { return a.Benchmark == c.Benchmark })
}

// open are the comparisons that somebody has to look at still.
func (s *step) open() []verdict.Comparison {
	return slices.DeleteFunc(slices.Clone(s.office.Comparisons), s.isAccepted)
}

// acceptLine is how the worst benchmark's new level is taken as intended.
func (s *step) acceptLine() string {
	for _, c := range s.open() {
		if isRegression(c) {
			return words.ShellCommand([]string{"perfrun", "accept", s.office.Record.Run.ID, c.Benchmark, "--reason"}) + " WHY"
		}
	}
	return ""
}
