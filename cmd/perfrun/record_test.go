package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecord measures a branch against where it left the main branch, gives no verdict,
// and leaves a file that another database takes.
func TestRecord(t *testing.T) {
	w := newWorld(t)
	w.change(100)
	w.git("checkout", "--quiet", "-b", "slower")
	w.change(120)
	file := filepath.Join(w.dir, "run.json")
	if r := w.ok([]int{exitOK}, "record", "--engine", "host", "-o", file); strings.Contains(r.stdout, "regression") {
		t.Errorf("a record judges:\n%s", r.stdout)
	}
	id := strings.TrimSpace(w.ok([]int{exitOK}, "record", "--engine", "host", "--rounds", "2", "--host-class", "cloud").stdout)
	if r := w.ok([]int{exitOK, exitRegression}, "show", id); !strings.Contains(r.stdout, "cloud") {
		t.Errorf("run %q:\n%s", id, r.stdout)
	}
	w.env = append(w.env, "PERFRUN_DB="+filepath.Join(w.dir, "other.db"))
	w.ok([]int{exitOK}, "import", file)
	w.ok([]int{exitRegression}, "compare", "latest")
	if r := w.perfrun("hosts", "latest"); r.code != exitBadInput || !strings.Contains(r.stderr, "alone") {
		t.Errorf("one host beside nobody: exit %d: %s", r.code, r.stderr)
	}
	if r := w.perfrun("record", "--engine", "host", "--base", "nothing", "-o", file); r.code != exitBadInput {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("what was there is lost: %v", err)
	}
}
