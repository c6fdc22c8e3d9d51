package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTableAndSite takes in what another tool measured, and writes the pages of it.
func TestTableAndSite(t *testing.T) {
	w := newWorld(t)
	var table strings.Builder
	table.WriteString("series,value,commit\n")
	for n := range 60 {
		fmt.Fprintf(&table, "join,%d,c%02d\n", 1000+n*7%5+n/30*200, n)
	}
	file := filepath.Join(w.dir, "nightly.csv")
	w.must(os.WriteFile(file, []byte(table.String()), 0o644))
	w.ok([]int{exitOK}, "import", "--suite", "nightly", "--class", "old", "--unit", "ms", file)
	if r := w.ok([]int{exitRegression, exitOK}, "history"); !strings.Contains(r.stdout, "nightly/join:value@old") || !strings.Contains(r.stdout, "open") {
		t.Errorf("the history: %s", r.stdout)
	}
	pages := filepath.Join(w.dir, "pages")
	w.ok([]int{exitOK}, "site", "-o", pages, "--name", "Acme", "--commits", "https://git.example.com/%s")
	index, err := os.ReadFile(filepath.Join(pages, "index.html"))
	if err != nil || !strings.Contains(string(index), "1 regression is open") || !strings.Contains(string(index), "https://git.example.com/c30") {
		t.Errorf("%v: %s", err, index)
	}
	config := filepath.Join(w.dir, "perfrun.yml")
	w.must(os.WriteFile(config, []byte("web: {name: Acme DB, commits: 'https://code.example.com/%s'}\n"), 0o644))
	w.env = append(w.env, "PERFRUN_CONFIG="+config)
	w.ok([]int{exitOK}, "site", "-o", pages)
	if index, err = os.ReadFile(filepath.Join(pages, "index.html")); err != nil || !strings.Contains(string(index), "https://code.example.com/c30") || !strings.Contains(string(index), "<h1>Acme DB</h1>") {
		t.Errorf("with a configuration, %v: %s", err, index)
	}
	other := filepath.Join(w.dir, "other.db")
	w.ok([]int{exitOK}, "import", "--db", other, "--suite", "other", "--unit", "ms", file)
	w.ok([]int{exitOK}, "site", "--db", other, "-o", pages)
	first, _ := filepath.Glob(filepath.Join(pages, "suites", "nightly-*"))
	second, _ := filepath.Glob(filepath.Join(pages, "suites", "other-*"))
	if len(first) != 0 || len(second) != 3 { // as page, JSON and CSV
		t.Errorf("after another site was written there: %q and %q", first, second)
	}
	bad := func(want string, args ...string) {
		t.Helper()
		if r := w.perfrun(args...); r.code != exitBadInput || !strings.Contains(r.stderr, want) {
			t.Errorf("%q: exit %d, %s", args, r.code, r.stderr)
		}
	}
	bad("no site of perfrun's", "site", "-o", w.dir)
	bad("--better", "import", "--suite", "x", "--better", "up", file)
	bad("--class", "import", "--suite", "x", "--class", "", file)
	wrong := filepath.Join(w.dir, "bad.csv")
	w.must(os.WriteFile(wrong, []byte("series,value\njoin,fast\n"), 0o644))
	bad("bad.csv:2:6", "import", "--suite", "x", wrong)
}
