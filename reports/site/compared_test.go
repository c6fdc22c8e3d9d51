package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestCompareAnyRuns: runs of branches that no history holds, what one side lacks, what
// is broken, and in what the machines differ.
func TestCompareAnyRuns(t *testing.T) {
	db, _ := measuredIn(t)
	branch := storedRun("branch-7", 7)
	branch.Head = results.Commit{Rev: strings.Repeat("fe", 20)}
	branch.Bench = []results.Benchmark{{Name: "join"}, {Name: "dies"}, {Name: "new"}}
	branch.Env = []results.Fact{{Name: "cpu.model", Value: "Example CPU 9001"}, {Name: "host.name", Value: "another-box"}}
	put(t, db, branch)
	cloud := branch
	cloud.ID, cloud.Class, cloud.Created = "cloud-7", "cloud", cloud.Created.Add(time.Hour)
	put(t, db, cloud)
	open := storedRun("open-8", 8)
	open.State, open.Finished = results.Measuring, time.Time{}
	if err := db.SaveRun(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	s := New(db, Options{})
	compare := func(a, b string) (m CompareModel) {
		t.Helper()
		if err := json.Unmarshal([]byte(document(t, s, "compare.json", url.Values{"a": {a}, "b": {b}})), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	lines := func(m CompareModel) (list []string) {
		for _, r := range m.Rows {
			list = append(list, fmt.Sprint(r.Benchmark, " ", r.Strength, " ", r.Has, " ", strings.Join(r.Differs, "+"), r.Page != ""))
		}
		return list
	}
	check := func(what string, m CompareModel, wants ...string) {
		t.Helper()
		if got := lines(m); !slices.Equal(got, wants) {
			t.Errorf("%s:\n%q, want\n%q\n%s", what, got, wants, m.Sentence)
		}
	}
	two := compare("done-1", "branch-7")
	check("two runs", two, "dies broken [false false] false", "join other environment [true true] cpu.modeltrue", "new not measured in a [false true] false", "merge not measured in b [true false] true")
	if want := []verdict.Difference{{Name: "cpu.model", A: "Example CPU 9000", B: "Example CPU 9001"}}; !slices.Equal(two.Differs, want) || two.Runs != [2]string{"done-1", "branch-7"} {
		t.Errorf("differs in %+v, runs %q", two.Differs, two.Runs)
	}
	for _, want := range []string{"1 of different environments", "1 broken", "1 not measured in a", "1 not measured in b"} {
		if !strings.Contains(two.Sentence, want) {
			t.Errorf("%q does not say %q", two.Sentence, want)
		}
	}
	page := document(t, s, "compare.html", url.Values{"a": {"done-1"}, "b": {"branch-7"}})
	for _, want := range []string{"the environments differ</b> in <bdi>cpu.model", "Example CPU 9001", "not measured in b", "killed by signal 9", "runs/branch-7.html"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	check("a commit of a branch", compare(rev(2), "fefefe@office"), lines(two)...)
	check("its hosts", compare("fefefe@office", "fefefe@cloud"), "dies broken [false false] false", "join different runs [true true] false", "new different runs [true true] false")
	base := compare(rev(6), "branch-7")
	check("a run with its own base", base, "dies broken [false false] false", "join side by side [true true] true", "new side by side [true true] true")
	if base.Rows[1].Verdict == "" || base.Rows[1].Run != "branch-7" {
		t.Errorf("%+v", base.Rows[1])
	}
	for _, twice := range [][2]string{{"done-1", "done-1"}, {rev(2), rev(2)[:12]}} {
		if m := compare(twice[0], twice[1]); len(m.Rows) > 0 || !strings.Contains(m.Sentence, "Both sides are the same") {
			t.Errorf("%q: %+v", twice, m)
		}
	}
	_, err := s.Document(t.Context(), "compare.html", url.Values{"a": {"done-1"}, "b": {"open-8"}})
	if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Kind != results.BadInput || !strings.Contains(problem.What, "not over") {
		t.Errorf("a run that is not over: %v", err)
	}
	if page := document(t, s, "compare.html", nil); !strings.Contains(page, "perfrun run --base A --head B") {
		t.Error("the blank page names no command")
	}
}
