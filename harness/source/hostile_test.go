package source

import (
	"os"
	"path/filepath"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// TestWorktreeThatABuildTamperedWith: whoever measures may be root, and a build may
// not make root's git start programs.
func TestWorktreeThatABuildTamperedWith(t *testing.T) {
	r := newRepo(t)
	r.commit("attributes", ".gitattributes", "* filter=evil diff=evil\n")
	r.commit("first", "a", "1")
	second := r.commit("second", "a", "2")
	cache := t.TempDir()
	hacked := filepath.Join(cache, "hacked")
	evil := filepath.Join(cache, "evil.git")
	r.git("clone", "--quiet", "--bare", r.dir, evil)
	for _, config := range [][]string{
		{"filter.evil.smudge", "touch " + hacked + "; cat"},
		{"filter.evil.clean", "touch " + hacked + "; cat"},
		{"filter.evil.required", "true"},
		{"core.fsmonitor", "touch " + hacked},
		{"core.bare", "false"},
	} {
		r.gitIn(evil, "config", config[0], config[1])
	}
	check := func(what string, tamper func(dot string) error) {
		t.Helper()
		m, err := Open(t.Context(), cache, r.dir)
		r.must(err)
		defer func() { _ = m.Close() }()
		commit, err := m.Resolve(t.Context(), "HEAD~1")
		r.must(err)
		dir, err := m.Worktree(t.Context(), results.Head, commit)
		r.must(err)
		r.must(tamper(filepath.Join(dir, ".git")))
		commit, err = m.Resolve(t.Context(), second)
		r.must(err)
		if _, err := m.Worktree(t.Context(), results.Head, commit); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(hacked); err == nil {
			t.Fatalf("%s: a program of the build's was started", what)
		}
		if got := read(t, filepath.Join(dir, "a")); got != "2" {
			t.Errorf("%s: the worktree has %q", what, got)
		}
		if got := r.gitIn(dir, "rev-parse", "HEAD"); got != second {
			t.Errorf("%s: a build would see commit %s", what, got)
		}
	}
	check("nothing", func(string) error { return nil })
	check("a link elsewhere", func(dot string) error { return os.WriteFile(dot, []byte("gitdir: "+evil+"\n"), 0o644) })
	check("a symbolic link", func(dot string) error {
		if err := os.Remove(dot); err != nil {
			return err
		}
		return os.Symlink(evil, dot)
	})
	check("a repository", func(dot string) error {
		if err := os.Remove(dot); err != nil {
			return err
		}
		return os.CopyFS(dot, os.DirFS(evil))
	})
	check("no link", os.Remove)
}
