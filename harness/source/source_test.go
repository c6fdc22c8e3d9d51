package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// repo is a real repository of a test.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) repo {
	t.Helper()
	r := repo{t, filepath.Join(t.TempDir(), "project")}
	r.must(os.MkdirAll(r.dir, 0o755))
	r.git("init", "--quiet", "--initial-branch=main")
	return r
}

func (r repo) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r repo) git(args ...string) string {
	r.t.Helper()
	return r.gitIn(r.dir, args...)
}

func (r repo) gitIn(dir string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=2020-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2020-01-02T03:04:05Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r repo) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	r.must(os.MkdirAll(filepath.Dir(path), 0o755))
	r.must(os.WriteFile(path, []byte(text), 0o644))
}

// commit writes a file, commits everything and returns the commit's name.
func (r repo) commit(message, name, text string) string {
	r.t.Helper()
	r.write(name, text)
	r.git("add", "--all")
	r.git("commit", "--quiet", "-m", message)
	return r.git("rev-parse", "HEAD")
}

func (r repo) open(cache string) *Mirror {
	r.t.Helper()
	m, err := Open(r.t.Context(), cache, r.dir)
	r.must(err)
	r.t.Cleanup(func() { _ = m.Close() })
	return m
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return "(" + errors.Unwrap(err).Error() + ")"
	}
	return string(text)
}

func TestResolve(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first \x1b[31mred <b>&", "a", "1")
	second := r.commit("second", "a", "2")
	r.git("tag", "-a", "v1", "-m", "one", first)
	r.git("branch", "feature/x", first)
	m := r.open(t.TempDir())
	check := func(rev, want string) {
		t.Helper()
		got, err := m.Resolve(t.Context(), rev)
		if err != nil || got.Rev != want || got.Asked != rev || got.Dirty {
			t.Errorf("%q is %+v, %v; want %s", rev, got, err, want)
		}
	}
	check("HEAD", second)
	check("HEAD~1", first)
	check("main", second)
	check("v1", first)
	check("feature/x", first)
	check(first[:9], first)
	check(".", second)
	got, err := m.Resolve(t.Context(), first)
	want := results.Commit{
		Rev: first, Asked: first, Subject: "first \x1b[31mred <b>&", Author: "Ada",
		When: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), Branch: "main",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestCommitThatNoRefNames(t *testing.T) {
	r := newRepo(t)
	r.commit("first", "a", "1")
	r.git("checkout", "--quiet", "--detach")
	detached := r.commit("detached", "a", "2")
	r.git("checkout", "--quiet", "main")
	got, err := r.open(t.TempDir()).Resolve(t.Context(), detached)
	if err != nil || got.Rev != detached {
		t.Errorf("resolved to %+v, %v", got, err)
	}
}

func TestRevisionsThatNameNoCommit(t *testing.T) {
	r := newRepo(t)
	r.commit("first", "a", "1")
	r.git("branch", "feature/parser")
	m := r.open(t.TempDir())
	check := func(rev, want string) {
		t.Helper()
		_, err := m.Resolve(t.Context(), rev)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.BadInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", rev, err, want)
		}
	}
	check("no-such", "there is no such commit; check the name, or run git fetch")
	check("parser", `did you mean "feature/parser"?`)
	check("HEAD^{tree}", "it is a tree, not a commit")
	check("HEAD:a", "it is a blob, not a commit")
	check("--upload-pack=touch /tmp/owned", "there is no such commit")
	check("-h", "there is no such commit")
	check("a b", "there is no such commit")
	check("HEAD;rm -rf /", "there is no such commit")
	check("", "there is no such commit")
}

func TestPlacesThatAreNoRepository(t *testing.T) {
	check := func(path, want string) {
		t.Helper()
		_, err := Open(t.Context(), t.TempDir(), path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	check(t.TempDir(), "it is not in a git repository")
	check(filepath.Join(t.TempDir(), "none"), "it is no folder")
	empty := newRepo(t)
	if _, err := empty.open(t.TempDir()).Resolve(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "has no commit yet") {
		t.Errorf("empty repository: %v", err)
	}
}

func TestShallowClone(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	second := r.commit("second", "a", "2")
	shallow := repo{t, filepath.Join(t.TempDir(), "shallow")}
	r.git("clone", "--quiet", "--depth=1", "file://"+r.dir, shallow.dir)
	m := shallow.open(t.TempDir())
	if got, err := m.Resolve(t.Context(), "HEAD"); err != nil || got.Rev != second {
		t.Errorf("HEAD is %+v, %v", got, err)
	}
	for _, rev := range []string{first, "HEAD~1"} {
		if _, err := m.Resolve(t.Context(), rev); err == nil || !strings.Contains(err.Error(), "git fetch --unshallow") {
			t.Errorf("%s: %v", rev, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	r := newRepo(t)
	r.write("ci/perf.yml", "suite: x\n")
	r.must(os.Symlink("/etc/passwd", filepath.Join(r.dir, "link")))
	rev := r.commit("all", "a b*", "odd\x00name")
	r.write("ci/perf.yml", "changed later\n")
	m := r.open(t.TempDir())
	if _, err := m.Resolve(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
	check := func(path, want, wantErr string) {
		t.Helper()
		got, err := m.ReadFile(t.Context(), rev, path)
		if string(got) != want || (wantErr == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %q, %v; want %q, %q", path, got, err, want, wantErr)
		}
	}
	check("ci/perf.yml", "suite: x\n", "")
	check("a b*", "odd\x00name", "")
	check("link", "", "it is a symbolic link")
	check("ci", "", "no file but a tree")
	check("none", "", "file does not exist")
	check("../x", "", "file does not exist")
	check("/etc/passwd", "", "file does not exist")
}

func TestDirtyTree(t *testing.T) {
	r := newRepo(t)
	r.write(".gitignore", "target/\n")
	r.write("gone", "x")
	r.write("run.sh", "#!/bin/sh\n")
	head := r.commit("clean", "kept", "old")
	r.write("kept", "new")
	r.write("staged", "only the index and the user's objects know it")
	r.write("target/forced", "ignored, but added by force")
	r.git("add", "staged")
	r.git("add", "--force", "target/forced")
	r.write("added/file", "untracked")
	r.write("target/warm", "ignored")
	r.must(os.Remove(filepath.Join(r.dir, "gone")))
	r.must(os.Chmod(filepath.Join(r.dir, "run.sh"), 0o755))
	r.must(os.Symlink("kept", filepath.Join(r.dir, "link")))
	before := fingerprint(r)
	m := r.open(t.TempDir())
	commit, err := m.Resolve(t.Context(), ".")
	r.must(err)
	if !commit.Dirty || commit.Rev == head || commit.Subject != "working tree on clean" || commit.Asked != "." {
		t.Errorf("commit %+v", commit)
	}
	again, err := m.Resolve(t.Context(), ".")
	if err != nil || again != commit {
		t.Errorf("the same tree is another commit: %+v, %v", again, err)
	}
	dir, err := m.Worktree(t.Context(), results.Head, commit)
	r.must(err)
	for name, want := range map[string]string{
		"kept": "new", "added/file": "untracked", "link": "new", "staged": "only the index and the user's objects know it",
		"target/forced": "ignored, but added by force",
		"gone":          "(no such file or directory)", "target/warm": "(no such file or directory)",
	} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "run.sh")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("run.sh: %v, %v", info, err)
	}
	if diff := cmp.Diff(before, fingerprint(r)); diff != "" {
		t.Errorf("the user's repository changed:\n%s", diff)
	}
}

// fingerprint is everything of a repository that a reader must leave alone.
func fingerprint(r repo) map[string]string {
	files := map[string]string{"refs": r.git("for-each-ref")}
	r.must(filepath.WalkDir(filepath.Join(r.dir, ".git"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files[path] = read(r.t, path)
		}
		return err
	}))
	return files
}

func TestWorktreeKeepsIgnoredFilesAndUntouchedTimes(t *testing.T) {
	r := newRepo(t)
	r.write(".gitignore", "target/\n")
	r.write("same", "same")
	first := r.commit("first", "differs", "1")
	second := r.commit("second", "differs", "2")
	m := r.open(t.TempDir())
	layOut := func(rev string) string {
		t.Helper()
		commit, err := m.Resolve(t.Context(), rev)
		r.must(err)
		dir, err := m.Worktree(t.Context(), results.Base, commit)
		r.must(err)
		return dir
	}
	dir := layOut(first)
	old := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	r.must(os.MkdirAll(filepath.Join(dir, "target"), 0o755))
	for _, name := range []string{"target/warm", "stray"} {
		r.must(os.WriteFile(filepath.Join(dir, name), []byte("w"), 0o644))
	}
	r.must(os.Chtimes(filepath.Join(dir, "same"), old, old))
	r.gitIn(dir, "update-index", "--refresh", "-q")
	r.must(os.WriteFile(filepath.Join(dir, "differs"), []byte("scribbled"), 0o644))
	if again := layOut(second); again != dir {
		t.Errorf("the side moved from %s to %s", dir, again)
	}
	for name, want := range map[string]string{"differs": "2", "target/warm": "w", "stray": "(no such file or directory)"} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "same")); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("an unchanged file was written again: %v, %v", info.ModTime(), err)
	}
}

func TestWhatAKilledRunLeftIsMadeAgain(t *testing.T) {
	check := func(what string, damage func(r repo, m *Mirror, dir string)) {
		t.Helper()
		r := newRepo(t)
		r.write(".gitignore", "*.o\n")
		first := r.commit("first", "a", "1")
		cache := t.TempDir()
		layOut := func(m *Mirror) string {
			commit, err := m.Resolve(t.Context(), first)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			dir, err := m.Worktree(t.Context(), results.Head, commit)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			return dir
		}
		m := r.open(cache)
		dir := layOut(m)
		r.must(os.WriteFile(filepath.Join(dir, "warm.o"), []byte("w"), 0o644))
		damage(r, m, dir)
		r.must(m.Close())
		layOut(r.open(cache))
		if got := read(t, filepath.Join(dir, "a")); got != "1" {
			t.Errorf("%s: the file is %q", what, got)
		}
		if got := read(t, filepath.Join(dir, "warm.o")); got != "w" && what != "worktree gone" {
			t.Errorf("%s: the ignored file is %q", what, got)
		}
	}
	check("nothing", func(repo, *Mirror, string) {})
	check("worktree gone", func(r repo, _ *Mirror, dir string) { r.must(os.RemoveAll(dir)) })
	check("link cut", func(r repo, _ *Mirror, dir string) { r.must(os.WriteFile(filepath.Join(dir, ".git"), nil, 0o644)) })
	check("lock left", func(r repo, m *Mirror, _ string) {
		r.must(os.WriteFile(filepath.Join(m.GitDir(), "worktrees", "head", "index.lock"), nil, 0o644))
	})
	check("index torn", func(r repo, m *Mirror, _ string) {
		r.must(os.WriteFile(filepath.Join(m.GitDir(), "worktrees", "head", "index"), []byte("torn"), 0o644))
	})
	check("mirror gone", func(r repo, m *Mirror, _ string) { r.must(os.RemoveAll(m.GitDir())) })
	check("mirror half made", func(r repo, m *Mirror, _ string) { r.must(os.RemoveAll(filepath.Join(m.GitDir(), "objects"))) })
	check("head torn", func(r repo, m *Mirror, _ string) {
		r.must(os.WriteFile(filepath.Join(m.GitDir(), "HEAD"), []byte{0}, 0o644))
	})
}

func TestSubmodules(t *testing.T) {
	inner := newRepo(t)
	inner.commit("inner", "deep.c", "int y;")
	library := newRepo(t)
	library.write("same.c", "same")
	library.commit("library", "old.c", "int x;")
	library.git("submodule", "--quiet", "add", inner.dir, "nested")
	library.git("commit", "--quiet", "-m", "nest")
	r := newRepo(t)
	r.commit("first", "a", "1")
	r.git("submodule", "--quiet", "add", library.dir, "vendor/lib")
	r.git("submodule", "--quiet", "update", "--init", "--recursive")
	first := r.commit("with library", "a", "2")
	library.git("mv", "old.c", "new.c")
	library.git("commit", "--quiet", "-m", "rename")
	r.git("submodule", "--quiet", "update", "--remote")
	second := r.commit("newer library", "a", "3")

	m := r.open(t.TempDir())
	layOut := func(rev string) string {
		t.Helper()
		commit, err := m.Resolve(t.Context(), rev)
		r.must(err)
		dir, err := m.Worktree(t.Context(), results.Base, commit)
		r.must(err)
		return filepath.Join(dir, "vendor/lib")
	}
	check := func(lib string, want map[string]string) {
		t.Helper()
		for name, text := range want {
			if got := read(t, filepath.Join(lib, name)); got != text {
				t.Errorf("%s is %q, want %q", name, got, text)
			}
		}
	}
	const none = "(no such file or directory)"
	lib := layOut(first)
	check(lib, map[string]string{"old.c": "int x;", "new.c": none, "nested/deep.c": "int y;"})
	before, err := os.Stat(filepath.Join(lib, "same.c"))
	r.must(err)
	layOut(second)
	check(lib, map[string]string{"old.c": none, "new.c": "int x;", "nested/deep.c": "int y;"})
	if after, err := os.Stat(filepath.Join(lib, "same.c")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("an unchanged file was written again: %v", err)
	}
	r.git("submodule", "--quiet", "deinit", "--force", "--all")
	layOut(first) // the copies below .git/modules are enough
	check(lib, map[string]string{"old.c": "int x;", "new.c": none})

	bare := repo{t, filepath.Join(t.TempDir(), "without")}
	r.git("clone", "--quiet", r.dir, bare.dir)
	other := bare.open(t.TempDir())
	commit, err := other.Resolve(t.Context(), first)
	r.must(err)
	_, err = other.Worktree(t.Context(), results.Base, commit)
	if _, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(err.Error(), "submodule vendor/lib") || !strings.Contains(err.Error(), "git submodule update --init") {
		t.Errorf("missing submodule: %v", err)
	}
}

func TestSecondOpenWaits(t *testing.T) {
	r := newRepo(t)
	r.commit("first", "a", "1")
	cache := t.TempDir()
	m := r.open(cache)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, cache, r.dir); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second open of a held mirror: %v", err)
	}
	r.must(m.Close())
	r.must(r.open(cache).Close())
}

func TestBareRepositoryAndHome(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	bare := repo{t, filepath.Join(t.TempDir(), "bare.git")}
	r.git("clone", "--quiet", "--bare", r.dir, bare.dir)
	m := bare.open(t.TempDir())
	if got, err := m.Resolve(t.Context(), "HEAD"); err != nil || got.Rev != first {
		t.Errorf("HEAD is %+v, %v", got, err)
	}
	if _, err := m.Resolve(t.Context(), "."); err == nil || !strings.Contains(err.Error(), "a bare repository has no working tree") {
		t.Errorf("working tree of a bare repository: %v", err)
	}
	home, err := m.Home(results.Head)
	r.must(err)
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("home: %v, %v", info, err)
	}
}
