package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

func TestRemoteFetch(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	remote, folder := Remote{Name: "project", URL: "file://" + r.dir}, t.TempDir()
	check := func(what, rev, want string) {
		t.Helper()
		path, err := remote.Fetch(t.Context(), folder)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := remote.Get(t.Context(), path, rev); err != nil {
			t.Fatalf("%s: get: %v", what, err)
		}
		if got := r.gitIn(path, "rev-parse", rev+"^{commit}"); got != want {
			t.Errorf("%s: %s is %s, want %s", what, rev, got, want)
		}
		m, err := Open(t.Context(), filepath.Join(folder, "cache"), path)
		if err != nil {
			t.Fatalf("%s: the copy cannot be measured: %v", what, err)
		}
		r.must(m.Close())
	}
	check("new", "main", first)
	second := r.commit("second", "a", "2")
	r.git("tag", "v1")
	check("a newer one", "HEAD", second)
	check("a tag", "v1", second)
	check("where it was before", "main@{1}", first)
	r.git("reset", "--quiet", "--hard", first)
	check("a branch that went back", "main", first)
	check("a commit that no branch holds", second, second)
	r.git("branch", "--move", "main", "develop")
	check("another main branch", "HEAD", first)
	path := filepath.Join(folder, "project.git")
	if head := r.gitIn(path, "symbolic-ref", "HEAD"); head != "refs/heads/develop" {
		t.Errorf("HEAD is %s", head)
	}
	if refs := r.gitIn(path, "for-each-ref", "refs/heads"); strings.Contains(refs, "refs/heads/main") {
		t.Errorf("a branch stays that is gone:\n%s", refs)
	}
	r.must(os.RemoveAll(filepath.Join(path, "objects")))
	check("a broken copy", "develop", first)
}

// TestPowerCut leaves an object of a copy and of its mirror empty or lost, as a power
// cut does with files that were not on the disk yet: in the next boot both are made anew.
func TestPowerCut(t *testing.T) {
	damages := map[string]func(file string) error{
		"empty": func(file string) error { return os.Truncate(file, 0) },
		"lost":  os.Remove,
	}
	for what, damage := range damages {
		r := newRepo(t)
		first := r.commit("first", "a", "1")
		remote, folder := Remote{Name: "project", URL: "file://" + r.dir}, t.TempDir()
		open := func() string {
			t.Helper()
			path, err := remote.Fetch(t.Context(), folder)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			m, err := Open(t.Context(), filepath.Join(folder, "cache"), path)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			defer m.Close()
			if got, err := m.ReadFile(t.Context(), first, "a"); err != nil || string(got) != "1" {
				t.Errorf("%s: %q, %v", what, got, err)
			}
			return m.GitDir()
		}
		for _, dir := range []string{open(), filepath.Join(folder, "project.git")} {
			r.must(os.WriteFile(filepath.Join(dir, markFile), []byte("another boot\n"), 0o644))
			blob := r.gitIn(dir, "rev-parse", first+":a")
			file := filepath.Join(dir, "objects", blob[:2], blob[2:])
			r.must(os.Chmod(file, 0o644))
			r.must(damage(file))
			open()
		}
	}
}

func TestRemoteThatCannotBeFetched(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	folder := t.TempDir()
	remote := Remote{Name: "project", URL: "file://" + r.dir}
	path, err := remote.Fetch(t.Context(), folder)
	r.must(err)
	err = remote.Get(t.Context(), path, strings.Repeat("a", 40))
	if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Kind != results.BadInput {
		t.Errorf("a commit that is not there: %v", err)
	}
	r.must(os.Rename(r.dir, r.dir+".gone"))
	again, err := remote.Fetch(t.Context(), folder)
	if _, ok := errors.AsType[*Unreachable](err); !ok || again != path {
		t.Errorf("a remote that is gone: %q, %v", again, err)
	}
	if got := r.gitIn(path, "rev-parse", "main"); got != first {
		t.Errorf("the copy lost %s, it has %s", first, got)
	}
	for _, url := range []string{"ext::sh -c 'touch " + folder + "/hacked'", "--upload-pack=touch " + folder + "/hacked"} {
		if _, err := (Remote{Name: "evil", URL: url}).Fetch(t.Context(), folder); err == nil {
			t.Errorf("%q was fetched", url)
		}
	}
	if _, err := os.Stat(folder + "/hacked"); err == nil {
		t.Error("a url was executed")
	}
}

// TestRemoteBySSH sees what ssh is called with: a program of ours in its place.
func TestRemoteBySSH(t *testing.T) {
	r := newRepo(t)
	r.commit("first", "a", "1")
	dir := t.TempDir()
	r.must(os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\" >"+dir+"/args\necho 'git@host: Permission denied (publickey).' >&2\nexit 255\n"), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, err := Remote{Name: "x", URL: "git@git.example.com:acme/x.git", Key: "/keys/it's $HOME", KnownHosts: "/hosts a"}.Fetch(t.Context(), t.TempDir())
	if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(problem.What, "Permission denied") {
		t.Errorf("refused: %v", err)
	}
	args := read(t, filepath.Join(dir, "args"))
	for _, want := range []string{"BatchMode=yes\n", "IdentitiesOnly=yes\n", "-i\n/keys/it's $HOME\n", "UserKnownHostsFile=/hosts a\n", "StrictHostKeyChecking=yes\n", "git@git.example.com\n"} {
		if !strings.Contains(args, want) {
			t.Errorf("ssh was not called with %q:\n%s", want, args)
		}
	}
}

// TestARemoteThatSaysNothing: somebody accepts connections and then is silent, which
// must not hold up whatever waits behind.
func TestARemoteThatSaysNothing(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte("#!/bin/sh\nexec cat >/dev/null\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	remote := Remote{Name: "project", URL: "ssh://git.example.com/project", Patience: 200 * time.Millisecond}
	path, err := remote.Fetch(t.Context(), t.TempDir())
	if _, ok := errors.AsType[*Unreachable](err); !ok || path == "" {
		t.Errorf("fetch: %v", err)
	}
	err = remote.Get(t.Context(), path, strings.Repeat("a", 40))
	if _, ok := errors.AsType[*Unreachable](err); !ok {
		t.Errorf("get: %v", err)
	}
}
