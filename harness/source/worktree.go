package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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

// checkOut brings an existing worktree to a commit.
func (m *Mirror) checkOut(ctx context.Context, dir, rev string) error {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		return err
	}
	in := git{dir: dir}
	if lock, err := in.line(ctx, "rev-parse", "--path-format=absolute", "--git-path", "index.lock"); err == nil {
		_ = os.Remove(lock) // nobody else works here while the mirror is ours
	}
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
