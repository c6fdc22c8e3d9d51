package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel"
)

// The exit codes: the only place where they are decided.
const (
	exitOK          = 0
	exitRegression  = 1
	exitBadInput    = 2
	exitCannotTell  = 3
	exitFailed      = 4
	exitUnreachable = 5
	exitInterrupted = 130
)

// verdictError carries a finished run's bad news to the exit code. There is
// nothing more to print: the table has said it.
type verdictError struct{ code int }

func (e verdictError) Error() string { return fmt.Sprintf("verdict with exit code %d", e.code) }

// passingError is what another try may mend, for a box that makes one.
type passingError struct{ error }

// usage marks a mistake in the command line.
func usage(err error) error {
	if _, ok := errors.AsType[*results.Problem](err); ok {
		return err
	}
	return &results.Problem{Kind: results.BadInput, What: err.Error(), Next: "see perfrun --help", Err: err}
}

// verdictExit turns verdicts into the exit code. A broken benchmark is a failed
// run: what it would have said is not known. cannot tell counts with strict only.
func verdictExit(comparisons []verdict.Comparison, strict bool) error {
	code := exitOK
	for _, c := range comparisons {
		switch {
		case c.Verdict == verdict.Regression:
			return verdictError{exitRegression}
		case c.Verdict == verdict.Broken:
			code = exitFailed
		case c.Verdict == verdict.CannotTell && strict && code == exitOK:
			code = exitCannotTell
		}
	}
	if code == exitOK {
		return nil
	}
	return verdictError{code}
}

// report prints an error for a person and returns the exit code.
func report(err error) int {
	if err == nil {
		return exitOK
	}
	if found, ok := errors.AsType[verdictError](err); ok {
		return found.code
	}
	if passing, ok := errors.AsType[passingError](err); ok {
		report(passing.error)
		return box.ExitPassing
	}
	if errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "perfrun: interrupted")
		return exitInterrupted
	}
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok {
		fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
		return exitFailed
	}
	fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
	if problem.Excerpt != "" {
		fmt.Fprintln(os.Stderr, strings.TrimRight(words.Block(problem.Excerpt), "\n"))
	}
	if _, away := errors.AsType[*tunnel.Unreachable](err); away {
		return exitUnreachable
	}
	if problem.Kind == results.BadInput {
		return exitBadInput
	}
	return exitFailed
}
