package source

import (
	"context"
	"fmt"
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

// recreate makes the worktree anew.
func (m *Mirror) recreate(ctx context.Context, dir, rev string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if _, err := m.git().run(ctx, "worktree", "prune", "--expire=now"); err != nil {
		return err
	}
	_, err := m.git().run(ctx, "worktree", "add", "--quiet", "--force", "--detach", dir, rev)
	return err
}

// submodules lays out the commit's submodules from the copies that the user's
// repository has. Nothing is fetched from elsewhere: a run must not depend on
// what a server says today.
func (m *Mirror) submodules(ctx context.Context, dir string, commit results.Commit) error {
	out, err := m.git().run(ctx, "ls-tree", "-r", "-z", "--full-tree", commit.Rev)
	if err != nil {
		return fmt.Errorf("list submodules: %w", err)
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		if len(fields) != 3 || fields[1] != "commit" {
			continue
		}
		if err := m.submodule(ctx, dir, path, fields[2], commit); err != nil {
			return err
		}
	}
	return nil
}

// submodule exports one submodule's commit into its folder.
func (m *Mirror) submodule(ctx context.Context, dir, path, rev string, commit results.Commit) error {
	from := git{dir: filepath.Join(m.repo, path)}
	missing := &results.Problem{
		Kind: results.BadInput, Where: "submodule " + path,
		What: fmt.Sprintf("commit %.12s needs its commit %.12s, which %s does not have", commit.Rev, rev, from.dir),
		Next: "run git submodule update --init --recursive in the repository, then repeat",
	}
	// An uninitialised submodule is an empty folder, in which git would answer
	// for the repository around it.
	if _, err := os.Stat(filepath.Join(from.dir, ".git")); err != nil {
		return missing
	}
	if _, err := from.run(ctx, "cat-file", "-e", rev+"^{commit}"); err != nil {
		return missing
	}
	target := filepath.Join(dir, path)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return fmt.Errorf("make folder of submodule %s: %w", path, err)
	}
	index := filepath.Join(m.folder, "submodule.index")
	defer os.Remove(index)
	from.env = []string{"GIT_INDEX_FILE=" + index, "GIT_WORK_TREE=" + target}
	from.env = append(from.env, "GIT_DIR="+filepath.Join(from.dir, ".git"))
	if gitDir, err := (git{dir: from.dir}).line(ctx, "rev-parse", "--absolute-git-dir"); err == nil {
		from.env[2] = "GIT_DIR=" + gitDir
	}
	from.dir = target
	for _, args := range [][]string{{"read-tree", rev}, {"checkout-index", "--all", "--force"}} {
		if _, err := from.run(ctx, args...); err != nil {
			return fmt.Errorf("lay out submodule %s: %w", path, err)
		}
	}
	return nil
}
