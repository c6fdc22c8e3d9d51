package main

import (
	"testing"

	"mtrlz.dev/perfrun/results"
)

// TestMeant: a job is found by its id's beginning, and by the run of any of its tries.
func TestMeant(t *testing.T) {
	latest := []results.Job{{Order: results.Order{ID: "abc"}, Tries: 3}, {Order: results.Order{ID: "abd"}, Tries: 1}, {Order: results.Order{ID: "abc-9"}}}
	check := func(ref, want string) {
		t.Helper()
		job, err := meant(latest, ref)
		if job.ID != want || (err == nil) != (want != "") {
			t.Errorf("%q means %q, %v, want %q", ref, job.ID, err, want)
		}
	}
	check("abc-2", "abc")
	check("abc-3", "abc")
	check("abc-9", "abc-9")
	check("abd", "abd")
	check("latest", "abc")
	for _, ref := range []string{"abc-4", "abd-2", "abc-1", "abc-02", "ab", ""} {
		check(ref, "")
	}
}
