package callgrind

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// count runs a shell script under callgrind, in an environment of its own, and
// returns its output and its instructions.
func count(t *testing.T, script string, env ...string) (string, uint64, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "100%p")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	args := Args(filepath.Join(dir, "counts"), []string{"/bin/sh", "-c", script})
	if err := os.Mkdir(filepath.Join(dir, "counts"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	if err := os.WriteFile(filepath.Join(dir, ".valgrindrc"), []byte("--collect-atstart=no\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	sum, err := Count(open(t, dir), "counts")
	return string(out), sum, err
}

func open(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

// work is a loop of so many instructions that the start of a shell is little beside it.
const work = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; "

func instructionsOf(t *testing.T, script string) uint64 {
	t.Helper()
	_, sum, err := count(t, script)
	if err != nil || sum == 0 {
		t.Fatalf("%s: %d, %v", script, sum, err)
	}
	return sum
}

// TestCallgrindCounts holds what real programs give: the same each time, all
// processes, and no process's work twice.
func TestCallgrindCounts(t *testing.T) {
	once := instructionsOf(t, work)
	if again := instructionsOf(t, work); again != once {
		t.Errorf("%d instructions, then %d", once, again)
	}
	start := instructionsOf(t, ":")
	check := func(what, script string, times float64) {
		t.Helper()
		got := float64(instructionsOf(t, script))
		want := float64(start) + times*float64(once-start)
		if got < want*0.9 || got > want*1.1+3*float64(start) {
			t.Errorf("%s: %.0f instructions, want about %.0f", what, got, want)
		}
	}
	check("twice the work", work+work, 2)
	check("in a child", "sh -c '"+work+"true'; true", 1)
	check("in the background", "("+work+")& "+work+"wait", 2)
	check("forks after the work", work+"(:);(:);(:);(:);(:)", 1)
	check("workers", work+"("+work+")& ("+work+")& wait", 3)
}

func TestCallgrindLeavesOutputAlone(t *testing.T) {
	out, _, err := count(t, `echo "$ASKED"; echo err >&2`, "ASKED=a b", "VALGRIND_OPTS=--collect-atstart=no")
	if err != nil || out != "a b\n" {
		t.Errorf("output %q, %v", out, err)
	}
	_, sum, err := count(t, ":", "VALGRIND_OPTS=--collect-atstart=no")
	if err != nil || sum == 0 {
		t.Errorf("options from the environment: %d, %v", sum, err)
	}
}

// TestCallgrindKilled: what a killed process did is not known, and not 0.
func TestCallgrindKilled(t *testing.T) {
	_, sum, err := count(t, `mkfifo ready; sh -c 'echo >ready; exec sleep 9999' & read line <ready; kill -9 $!; wait; true`)
	if sum != 0 || !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "callgrind's count of process ") {
		t.Errorf("%d, %v", sum, err)
	}
}

func TestArgs(t *testing.T) {
	args := Args("/tree/50%/x", []string{"./bench", "--", "--tool=none"})
	at := slices.Index(args, "--")
	if args[0] != "valgrind" || !slices.Contains(args[:at], "--callgrind-out-file=/tree/50%%/x/callgrind.out.%p") ||
		!slices.Equal(args[at+1:], []string{"./bench", "--", "--tool=none"}) {
		t.Errorf("%q", args)
	}
}

func TestCount(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "counts")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	root := open(t, dir)
	check := func(what string, want uint64, wantErr string) {
		t.Helper()
		got, err := Count(root, "counts")
		if got != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %d, %v; want %d, %q", what, got, err, want, wantErr)
		}
	}
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	check("nothing", 0, ErrNothing.Error())
	file("core", "of no interest")
	check("nothing of ours", 0, ErrNothing.Error())
	file("callgrind.out.1", "events: Ir\ntotals: 40\n")
	check("one process", 40, "")
	file("callgrind.out.2", "events: Ir\ntotals: 2\n")
	check("two processes", 42, "")
	broken := file("callgrind.out.3", "")
	check("one killed", 0, `process "3": it ends too early`)
	if err := os.Truncate(broken, mostBytes+1); err != nil {
		t.Fatal(err)
	}
	check("endless", 0, `process "3": with its 1073741825 bytes all files are more than 1073741824`)
	if err := os.Truncate(broken, mostBytes-30); err != nil { // the two others have 42
		t.Fatal(err)
	}
	check("endless together", 0, `process "3": with its 1073741794 bytes all files are more than`)
	file("callgrind.out.3", "events: Ir\ntotals: 18446744073709551600\n")
	check("too many", 0, "more than can be counted")
	replace := func(what, wantErr string, make func() error) {
		t.Helper()
		if err := os.RemoveAll(broken); err != nil {
			t.Fatal(err)
		}
		if err := make(); err != nil {
			t.Fatal(err)
		}
		check(what, 0, wantErr)
	}
	replace("a link", "it is no plain file", func() error { return os.Symlink("/dev/zero", broken) })
	replace("a pipe", "it is no plain file", func() error { return syscall.Mkfifo(broken, 0o600) })
	replace("a folder", "it is no plain file", func() error { return os.Mkdir(broken, 0o700) })
	replace("very many", "there are more than 65536 files", func() error {
		for i := range mostFiles {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("core.%d", i)), nil, 0o600); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := Count(root, "elsewhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := Count(root, "../counts"); err == nil {
		t.Error("a folder outside of the tree was read")
	}
}
