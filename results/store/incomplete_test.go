package store

import (
	"errors"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// TestDamagedRowsHideNoOthers: of lists the rows that can be read are there, beside an
// error that counts the others. A step with a number that is not finite is there.
func TestDamagedRowsHideNoOthers(t *testing.T) {
	s, path := fresh(t)
	run := exampleRun("a")
	saveDone(t, s, run)
	remember(t, s, "a")
	more := exampleStep(run)
	more.Bad, more.Environment = "0a1b", "e2"
	accepted := exampleAcceptance(run)
	accepted.Commit = "0a1b"
	if err := errors.Join(s.Announce(t.Context(), []results.Step{more}), s.Accept(t.Context(), accepted, results.Deed{})); err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want int, err error, damaged bool) {
		t.Helper()
		_, partly := errors.AsType[*results.Incomplete](err)
		if got != want || partly != damaged || err != nil && !partly {
			t.Errorf("%s: %d, %v; want %d", what, got, err, want)
		}
	}
	all := func(stepsLeft, acceptedLeft, seriesLeft int, damaged bool) {
		t.Helper()
		steps, err := s.Steps(t.Context(), "")
		check("steps", len(steps), stepsLeft, err, damaged)
		list, err := s.Acceptances(t.Context(), "")
		check("acceptances", len(list), acceptedLeft, err, damaged)
		series, err := s.Series(t.Context(), "")
		check("series", len(series), seriesLeft, err, damaged)
	}
	all(2, 2, 1, false)
	spoil(t, path, "steps", "UPDATE steps SET change = 9e999 WHERE bad = '2c3d'")
	all(2, 2, 1, false)
	spoil(t, path, "steps", "UPDATE steps SET high = 'x' WHERE bad = '0a1b'")
	spoil(t, path, "acceptances", "UPDATE acceptances SET reason = 'text' WHERE rev = '0a1b'")
	spoil(t, path, "series", "UPDATE series SET class = 'text'")
	s = reopen(t, path) // which remembers no series
	all(0, 1, 0, true)
}
