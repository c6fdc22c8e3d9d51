package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInitWritesASuiteThatRuns: what init writes is measured as it is.
func TestInitWritesASuiteThatRuns(t *testing.T) {
	check := func(kind, wantMetric string, files ...string) {
		t.Helper()
		w := newWorld(t)
		w.commit("project", files...)
		if r := w.ok([]int{0}, "init"); !strings.Contains(r.stderr, kind) {
			t.Errorf("init said %q, want %q", r.stderr, kind)
		}
		if r := w.perfrun("init"); r.code != exitBadInput || !strings.Contains(r.stderr, "it exists already") {
			t.Errorf("a second init ended with %d: %s", r.code, r.stderr)
		}
		w.ok(anyVerdict, "run", "--base", "HEAD", "--head", ".", "--engine", "host", "--rounds", "2")
		record := w.record()
		if !record.Run.Head.Dirty || record.Run.Base.Dirty {
			t.Errorf("dirty: base %v, head %v", record.Run.Base.Dirty, record.Run.Head.Dirty)
		}
		found := false
		for _, execution := range record.Executions {
			for _, sample := range execution.Samples {
				found = found || sample.Metric.String() == wantMetric
			}
		}
		if !found {
			t.Errorf("no sample of %s among %d executions", wantMetric, len(record.Executions))
		}
	}
	check("so with an example", "wall", "README", "a project")
	check("Go", "Add sec/op", "go.mod", "module example.com/add\n\ngo 1.21\n",
		"add_test.go", "package add\n\nimport \"testing\"\n\nfunc BenchmarkAdd(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t_ = i\n\t}\n}\n")
}

func TestSchemaVersionManAndCompletion(t *testing.T) {
	w := newWorld(t)
	var schema map[string]any
	w.must(json.Unmarshal([]byte(w.ok([]int{0}, "schema").stdout), &schema))
	if schema["title"] != "perfrun suite" {
		t.Errorf("schema of %v", schema["title"])
	}
	if r := w.ok([]int{0}, "version"); !strings.HasPrefix(r.stdout, "perfrun test linux/") || !strings.Contains(r.stdout, "verdict.method") {
		t.Errorf("version: %s", r.stdout)
	}
	pages := filepath.Join(w.dir, "man")
	w.ok([]int{0}, "man", pages)
	if text, err := os.ReadFile(filepath.Join(pages, "perfrun-run.1")); err != nil || !strings.Contains(string(text), "PERFRUN") {
		t.Errorf("the manual page of run: %v", err)
	}
	if r := w.ok([]int{0}, "completion", "bash"); !strings.Contains(r.stdout, "__start_perfrun") {
		t.Error("no completion for bash")
	}
}

func TestReadOnlyVerbsNeverMakeADatabase(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"list"}, {"show", "latest"}, {"compare", "latest"}, {"report", "latest"}, {"export", "latest"}, {"db", "check"}} {
		if r := w.perfrun(args...); r.code == 0 {
			t.Errorf("perfrun %q ended well without a database", args)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "perfrun.db")); err == nil {
		t.Error("a database was made")
	}
}
