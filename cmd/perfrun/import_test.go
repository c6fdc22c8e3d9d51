package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/tunnel/wire"
)

// TestImport takes a run to another machine's database: it is judged the same there,
// and becomes history.
func TestImport(t *testing.T) {
	w := newWorld(t)
	w.change(100)
	w.change(120)
	w.ok([]int{exitRegression}, "run", "--engine", "host", "--base", "HEAD~1")
	file := filepath.Join(w.dir, "run.json")
	w.ok([]int{exitOK}, "export", "latest", "-o", file)
	text, err := os.ReadFile(file)
	w.must(err)
	here := []string{w.ok([]int{exitOK}, "history", "allocs", "--json").stdout, w.ok([]int{exitOK}, "replay", "latest").stdout, string(text)}

	w.env = append(w.env, "PERFRUN_DB="+filepath.Join(w.dir, "other.db"))
	w.ok([]int{exitOK}, "import", file)
	check := func(what string) {
		t.Helper()
		there := []string{w.ok([]int{exitOK}, "history", "allocs", "--json").stdout, w.ok([]int{exitOK}, "replay", "latest").stdout, w.ok([]int{exitOK}, "export", "latest", "-o", "-").stdout}
		for i := range here {
			if here[i] != there[i] {
				t.Errorf("%s: here\n%s\nthere\n%s", what, here[i], there[i])
			}
		}
	}
	check("imported")
	if r := w.ok([]int{exitOK}, "import", file); !strings.Contains(r.stderr, "is here already") {
		t.Errorf("a second time: %s", r.stderr)
	}
	check("imported twice")
	bad := filepath.Join(w.dir, "bad.json")
	for want, text := range map[string]string{
		"line ":                           string(text[:len(text)/2]),
		"another run with this id":        strings.Replace(string(text), `"value": 120`, `"value": 121`, 1),
		"was written by a newer perfrun":  strings.Replace(string(text), `"perfrun_format": 1`, `"perfrun_format": 9`, 1),
		"line 1, column 1: unexpected en": "",
	} {
		w.must(os.WriteFile(bad, []byte(text), 0o644))
		if r := w.perfrun("import", bad); r.code != exitBadInput || !strings.Contains(r.stderr, want) {
			t.Errorf("%d, want %q in\n%s", r.code, want, r.stderr)
		}
	}
	check("after what was refused")
}

// TestUploadsOfLongRunsHaveAName: the name of a run may be longer than an upload's.
func TestUploadsOfLongRunsHaveAName(t *testing.T) {
	seen := map[string]bool{}
	for _, run := range []string{"agents", strings.Repeat("a", 60), strings.Repeat("a", 61), strings.Repeat("a", 64), strings.Repeat("a", 200), "a/b", "é"} {
		id := uploadID(run)
		if err := wire.CheckID(id); err != nil || seen[id] || id != uploadID(run) {
			t.Errorf("run %s: %q, %v", run, id, err)
		}
		seen[id] = true
	}
	if id := uploadID("agents"); id != "run-agents" {
		t.Errorf("%q", id)
	}
}
