package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// verdict is how the step ends, and why.
func (s *step) verdict(boxErr error) (code int, words string) {
	_, superseded := errors.AsType[*supersededError](boxErr)
	switch {
	case superseded:
		return exitOK, "A newer build of this branch took this one's place: it will say more. Nothing was decided here."
	case boxErr != nil && unreachable(boxErr) && s.flags.onBoxDown == "pass":
		return exitOK, "The box cannot be reached. This step passes all the same (--on-box-down pass): nothing was decided."
	case boxErr != nil && unreachable(boxErr):
		return exitUnreachable, "The box cannot be reached, and this step fails for that (--on-box-down fail)."
	case boxErr != nil && s.flags.policy == gateTells:
		return exitOK, "The box has no result. This step is advisory and passes."
	case boxErr != nil:
		return exitFailed, "The box has no result, so that this step fails: nothing was decided."
	}
	var found verdictError
	errors.As(verdictExit(s.open(), false), &found)
	switch {
	case found.code == exitOK:
		return exitOK, s.passes()
	case s.flags.policy == gateTells:
		return exitOK, "There is something to look at. This step is advisory and passes."
	case found.code == exitRegression:
		return exitRegression, "A regression fails this step."
	}
	return found.code, "A benchmark is broken, which fails this step."
}

// metaData is the verdict in one word, for later steps.
func (s *step) metaData(boxErr error) string {
	if boxErr != nil {
		return "none"
	}
	has := func(v verdict.Verdict) bool {
		return slices.ContainsFunc(s.open(), func(c verdict.Comparison) bool { return c.Verdict == v })
	}
	for _, v := range []verdict.Verdict{verdict.Broken, verdict.Regression} {
		if has(v) {
			return string(v)
		}
	}
	if len(s.accepted) > 0 {
		return accepted
	}
	for _, v := range []verdict.Verdict{verdict.CannotTell, verdict.Improvement} {
		if has(v) {
			return string(v)
		}
	}
	return string(verdict.NoChange)
}

// passes words a step that passes, with what it could not see.
func (s *step) passes() string {
	all, counts := s.office.Comparisons, s.counts()
	blind := !slices.ContainsFunc(all, func(c verdict.Comparison) bool { return c.Verdict != verdict.CannotTell })
	switch {
	case blind && len(all) > 0:
		return fmt.Sprintf("Nothing can be told: this step passes, and nothing was decided (%s).", counts)
	case len(s.accepted) > 0:
		return fmt.Sprintf("No regression but what is accepted: this step passes (%s).", counts)
	}
	return fmt.Sprintf("No regression: this step passes (%s).", counts)
}

// counts are the comparisons of a step that passes, by verdict.
func (s *step) counts() string {
	count := map[string]int{accepted: len(s.office.Comparisons) - len(s.open())}
	for _, c := range s.open() {
		count[string(c.Verdict)]++
	}
	var parts []string
	for _, v := range []string{accepted, string(verdict.Improvement), string(verdict.NoChange), string(verdict.CannotTell)} {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing was compared")
}

// setMetaData leaves the verdict and the job for later steps.
func (s *step) setMetaData(ctx context.Context, boxErr error) {
	names := []string{"-" + s.key()}
	if s.suffix() == "" {
		names = append(names, "")
	}
	for _, name := range names {
		for key, value := range map[string]string{"perfrun-verdict": s.metaData(boxErr), "perfrun-job": s.order.ID} {
			if err := s.agent.SetMetaData(ctx, key+name, value); err != nil {
				fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
			}
		}
	}
}

var notInKeys = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// mostKey bounds the name of a suite's file in others' names, in bytes.
const mostKey = 60

// key is the suite's file in the names of what a step leaves: a build may measure several
// suites. Where letters are lost, a digest tells it from others.
func (s *step) key() string {
	key := notInKeys.ReplaceAllString(s.flags.suite, "-")
	if key == s.flags.suite && len(key) <= mostKey {
		return key
	}
	return fmt.Sprintf("%s-%.4x", key[:min(len(key), mostKey)], sha256.Sum256([]byte(s.flags.suite)))
}

// suffix tells a suite's files from another's. The usual one's have none.
func (s *step) suffix() string {
	if s.flags.suite == harness.DefaultSuite {
		return ""
	}
	return "-" + s.key()
}
