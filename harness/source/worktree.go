package source

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

func (m *Mirror) tree(side results.Side) string { return filepath.Join(m.folder, string(side)) }

// Worktree lays out a side's commit and returns the folder. Files that git
// ignores stay from earlier runs; everything else is the commit's, no more and no
// less. Files that did not change since the last run are not touched, so that
// build tools see no news.
func (m *Mirror) Worktree(ctx context.Context, side results.Side, commit results.Commit) (string, error) {
	dir := m.tree(side)
	if err := m.checkOut(ctx, dir, commit.Rev); err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		// What a killed run left may be in no state to be repaired.
		if err := m.recreate(ctx, dir, commit.Rev); err != nil {
			return "", fmt.Errorf("check out %s %.12s: %w", side, commit.Rev, err)
		}
	}
	if err := m.submodules(ctx, dir, commit); err != nil {
		return "", err
	}
	return dir, nil
}

// checkOut brings an existing worktree to a commit. Builds and benchmarks can write
// there: what stands in its .git, they may have put there, and a repository's
// configuration names programs. So the mirror says where the worktree's own
// repository is, and .git is made to agree.
func (m *Mirror) checkOut(ctx context.Context, dir, rev string) error {
	own, err := m.worktreeDir(dir)
	if err != nil {
		return err
	}
	if err := writeLink(filepath.Join(dir, ".git"), own); err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(own, "index.lock")) // nobody else works here while the mirror is ours
	in := git{dir: dir, env: []string{"GIT_DIR=" + own, "GIT_WORK_TREE=" + dir}}
	for _, args := range [][]string{
		{"checkout", "--quiet", "--force", "--detach", rev, "--"},
		{"reset", "--quiet", "--hard", rev, "--"},
		{"clean", "--quiet", "-ffd"},
	} {
		if _, err := in.run(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// worktreeDir finds what belongs to a worktree in the mirror
// (gitrepository-layout(5), worktrees/<id>/gitdir).
func (m *Mirror) worktreeDir(dir string) (string, error) {
	list, err := filepath.Glob(filepath.Join(m.GitDir(), "worktrees", "*", "gitdir"))
	if err != nil {
		return "", err
	}
	for _, file := range list {
		if text, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(text)) == filepath.Join(dir, ".git") {
			return filepath.Dir(file), nil
		}
	}
	return "", fmt.Errorf("the mirror knows no worktree %s: %w", dir, fs.ErrNotExist)
}

// writeLink makes .git of a worktree lead to its own repository, whatever it was.
func writeLink(dot, own string) error {
	text := "gitdir: " + own + "\n"
	info, err := os.Lstat(dot)
	if err != nil { // somebody removed it: the worktree is made anew
		return err
	}
	if info.Mode().IsRegular() {
		if now, err := os.ReadFile(dot); err == nil && string(now) == text {
			return nil
		}
	}
	if err := os.RemoveAll(dot); err != nil {
		return err
	}
	return os.WriteFile(dot, []byte(text), 0o644)
}

// recreate makes the worktree anew, around the files that are there: ignored
// ones may have taken an hour to build.
func (m *Mirror) recreate(ctx context.Context, dir, rev string) error {
	aside := dir + ".aside"
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	warm := os.Rename(dir, aside) == nil
	if _, err := m.git().run(ctx, "worktree", "prune", "--expire=now"); err != nil {
		return err
	}
	if _, err := m.git().run(ctx, "worktree", "add", "--quiet", "--force", "--detach", "--no-checkout", dir, rev); err != nil {
		return err
	}
	if warm {
		if err := adopt(dir, aside); err != nil {
			return err
		}
	}
	if err := m.checkOut(ctx, dir, rev); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// adopt puts the files aside under the fresh worktree's link.
func adopt(dir, aside string) error {
	if err := os.RemoveAll(filepath.Join(aside, ".git")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, ".git"), filepath.Join(aside, ".git")); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil {
		return err
	}
	return os.Rename(aside, dir)
}
