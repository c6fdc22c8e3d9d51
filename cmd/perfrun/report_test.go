package main

import (
	"context"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func TestRestrict(t *testing.T) {
	check := func(only, want, fails string) {
		t.Helper()
		page := reports.Page{Comparisons: []verdict.Comparison{{Benchmark: "join"}, {Benchmark: "join-outer"}, {Benchmark: "scan"}}}
		err := restrict(&page, only)
		if fails != "" {
			if err == nil || !strings.Contains(err.Error(), fails) {
				t.Errorf("--only %s: %v, want %q", only, err, fails)
			}
			return
		}
		var names []string
		for _, c := range page.Comparisons {
			names = append(names, c.Benchmark)
		}
		if got := strings.Join(names, " "); err != nil || got != want || page.Only != only {
			t.Errorf("--only %s: %s, %v, want %s", only, got, err, want)
		}
	}
	check("", "join join-outer scan", "")
	check("^join$", "join", "")
	check("join", "join join-outer", "")
	check("(", "", "--only: error parsing")
	check("merge", "", "no benchmark of the run matches; perfrun compare")
}

// remembered are runs without executions.
type remembered struct {
	records
	runs []results.Run
}

func (r remembered) Runs(context.Context, int) ([]results.Run, error) { return r.runs, nil }

func (r remembered) Record(_ context.Context, id string) (*results.Record, error) {
	return &results.Record{Run: results.Run{ID: id}}, nil
}

// TestOtherHosts: the latest finished run of each other class, of the same commits.
func TestOtherHosts(t *testing.T) {
	run := func(id, class, head string, state results.State) results.Run {
		return results.Run{ID: id, Class: class, Suite: "s", Head: results.Commit{Rev: head}, Kind: results.Comparison, State: state}
	}
	reader := remembered{runs: []results.Run{
		run("failed", "cloud", "h", results.Failed), run("latest", "cloud", "h", results.Done), run("older", "cloud", "h", results.Done),
		run("elsewhere", "cloud", "x", results.Done), run("own", "office", "h", results.Done), run("arm", "arm", "h", results.Done),
	}}
	check := func(of results.Run, want string) {
		t.Helper()
		hosts, err := otherHosts(t.Context(), reader, of)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hosts {
			got = append(got, h.Class+" "+h.Record.Run.ID)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("other hosts %q, want %q", got, want)
		}
	}
	check(reader.runs[4], "arm arm, cloud latest")
	dirty := reader.runs[4]
	dirty.Head.Dirty = true
	check(dirty, "")
}
