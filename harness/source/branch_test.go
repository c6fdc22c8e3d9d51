package source

import (
	"path/filepath"
	"testing"
)

// TestBranch: a commit's history is that of the main branch, if that holds it.
func TestBranch(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	second := r.commit("second", "a", "2")
	r.git("checkout", "--quiet", "-b", "feature")
	side := r.commit("side", "a", "3")
	check := func(what, rev, want string) {
		t.Helper()
		got, err := r.open(t.TempDir()).Resolve(t.Context(), rev)
		if err != nil || got.Branch != want {
			t.Errorf("%s: branch %q, %v; want %q", what, got.Branch, err, want)
		}
	}
	check("main itself", "main", "main")
	check("an older one", first, "main")
	check("another branch", "HEAD", "")
	check("the working tree", ".", "")
	r.write("a", "4")
	check("a changed working tree", ".", "")
	r.git("checkout", "--quiet", "--force", "main")
	check("the working tree on main", ".", "main")
	r.git("merge", "--quiet", "--no-ff", "-m", "merge", "feature")
	check("merged", side, "main")

	// A clone knows its remote's main branch, whatever it is called, and may be ahead
	// of it.
	r.git("branch", "--move", "main", "develop")
	r.git("branch", "master", first)
	clone := repo{r.t, filepath.Join(t.TempDir(), "clone")}
	r.git("clone", "--quiet", r.dir, clone.dir)
	r = clone
	check("the remote's", second, "develop")
	ahead := r.commit("ahead", "a", "5")
	check("ahead of the remote", ahead, "develop")
	r.git("checkout", "--quiet", "--detach")
	detached := r.commit("detached", "a", "6")
	check("on no branch", detached, "")

	r.git("remote", "remove", "origin")
	check("a branch of an unusual name", first, "")
	r.git("branch", "--move", "develop", "trunk")
	check("a trunk", ahead, "trunk")
	r.git("branch", "--move", "trunk", "unusual")
	check("nobody can tell", ahead, "")
}
