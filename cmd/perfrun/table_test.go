package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tableOf writes a table of two benchmarks, of which one became slower.
func tableOf(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("benchmark,side,group,value\n")
	for i := range 12 {
		jitter := float64(i*7%12) / 1000
		fmt.Fprintf(&b, "join,base,%d,%g\njoin,head,%d,%g\n", i, 1+jitter, i, 1.2+jitter)
		fmt.Fprintf(&b, "<b>load</b>,base,%d,%g\n<b>load</b>,head,%d,%g\n", i, 5+jitter, i, 5+float64(i*5%12)/1000)
	}
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompareTable(t *testing.T) {
	w := newWorld(t)
	table := tableOf(t)
	r := w.perfrun("compare", "--csv", table)
	if r.code != exitRegression || !strings.Contains(r.stdout, "regression") || !strings.Contains(r.stdout, "<b>load</b>") {
		t.Errorf("ended with %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = w.perfrun("compare", "--csv", table, "--json")
	var got struct {
		Comparisons []struct {
			Benchmark, Verdict, Reason string
			Change, Low, High, P       float64
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || len(got.Comparisons) != 2 {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	if c := got.Comparisons[0]; c.Benchmark != "join" || c.Verdict != "regression" || c.Low > 0.2 || c.High < 0.19 || c.P > 0.01 || c.Reason == "" {
		t.Errorf("%+v", c)
	}
	if c := got.Comparisons[1]; c.Verdict != "no change" {
		t.Errorf("%+v", c)
	}
	if r := w.perfrun("compare", "--csv", table, "--min-effect", "50%"); r.code != exitOK {
		t.Errorf("with a minimum effect of 50 %% it ended with %d\n%s", r.code, r.stdout)
	}
	check := func(want string, args ...string) {
		t.Helper()
		if r := w.perfrun(args...); r.code != exitBadInput || !strings.Contains(r.stderr, want) {
			t.Errorf("perfrun %q ended with %d\n%swant %q", args, r.code, r.stderr, want)
		}
	}
	check("no such file", "compare", "--csv", "none.csv")
	check("not both", "compare", "latest", "--csv", table)
	check("name one run, or two files, or give --csv FILE", "compare")
	check(`"many" is no share`, "compare", "--csv", table, "--min-effect", "many")
	check(`t.csv:1:1: there is no column "benchmark"; the columns are series, value`, "history", "--csv", table)
}

// TestCompareFiles compares what go test printed.
func TestCompareFiles(t *testing.T) {
	w := newWorld(t)
	write := func(name string, slower float64) string {
		var b strings.Builder
		b.WriteString("goos: linux\ngoarch: amd64\npkg: example.com/x\n")
		for i := range 12 {
			fmt.Fprintf(&b, "BenchmarkJoin-8 \t 100\t %.2f ns/op\t 16 B/op\nBenchmarkLoad-8 \t 100\t %.2f ns/op\t 32 B/op\n", slower*(100+float64(i*7%12)/10), 500+float64(i*5%12)/10)
		}
		path := filepath.Join(w.dir, name)
		w.must(os.WriteFile(path, []byte(b.String()), 0o644))
		return path
	}
	r := w.perfrun("compare", write("old.txt", 1), write("new.txt", 1.2), "--json")
	var got struct {
		Comparisons []struct{ Benchmark, Verdict string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != exitRegression || len(got.Comparisons) != 4 {
		t.Fatalf("ended with %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
	verdicts := map[string][]string{}
	for _, c := range got.Comparisons {
		verdicts[c.Benchmark] = append(verdicts[c.Benchmark], c.Verdict)
	}
	if fmt.Sprint(verdicts) != "map[Join:[regression no change] Load:[no change no change]]" {
		t.Errorf("%v", verdicts)
	}
	w.must(os.WriteFile(filepath.Join(w.dir, "note.txt"), []byte("nothing of interest\n"), 0o644))
	if r := w.perfrun("compare", filepath.Join(w.dir, "old.txt"), filepath.Join(w.dir, "note.txt")); r.code != exitBadInput || strings.Count(r.stderr, "perfrun:") != 1 {
		t.Errorf("ended with %d\n%s", r.code, r.stderr)
	}
}

func TestHistoryOfTable(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("series,commit,value\n")
	for i := range 60 {
		fmt.Fprintf(&b, "join,c%d,%g\nload,c%d,%g\n", i, 1+float64(i*7%12)/1000+float64(i/30)/5, i, 5+float64(i*5%12)/1000)
	}
	path := filepath.Join(t.TempDir(), "h.csv")
	w.must(os.WriteFile(path, []byte(b.String()), 0o644))
	r := w.perfrun("history", "--csv", path)
	if r.code != exitOK || !strings.Contains(r.stdout, "1 step in 2 histories: 1 regression") {
		t.Errorf("ended with %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = w.perfrun("history", "--csv", path, "--json")
	var got struct {
		ChangePoints []struct {
			Series, Good, Bad string
			Index             int
			Change, Low, High float64
		} `json:"change_points"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || len(got.ChangePoints) != 1 {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	if c := got.ChangePoints[0]; c.Series != "join" || c.Index != 30 || c.Good != "c29" || c.Bad != "c30" || c.Low > 0.2 || c.High < 0.19 {
		t.Errorf("%+v", c)
	}
}
