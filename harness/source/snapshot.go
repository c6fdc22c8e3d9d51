package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// resolveTree resolves the working tree. Its snapshot is made with an index of
// our own and with objects that go into the mirror, so that the user's index,
// refs and object store stay as they are.
func (m *Mirror) resolveTree(ctx context.Context) (results.Commit, error) {
	head, err := m.revision(ctx, "HEAD")
	if err != nil {
		return results.Commit{}, err
	}
	if err := m.fetchCommit(ctx, head); err != nil {
		return results.Commit{}, err
	}
	clean, err := m.describe(ctx, WorkingTree, head)
	if err != nil {
		return results.Commit{}, err
	}
	rev, err := m.snapshot(ctx, head)
	if err != nil {
		return results.Commit{}, fmt.Errorf("take the working tree as it is: %w", err)
	}
	if rev == head {
		return clean, nil
	}
	dirty, err := m.describe(ctx, WorkingTree, rev)
	dirty.Dirty, dirty.Subject, dirty.Author = true, "working tree on "+clean.Subject, clean.Author
	return dirty, err
}

// snapshot commits the working tree into the mirror and returns the commit, or
// head where nothing differs from it.
func (m *Mirror) snapshot(ctx context.Context, head string) (string, error) {
	index, err := m.copyIndex(ctx)
	if err != nil {
		return "", err
	}
	defer os.Remove(index)
	defer os.Remove(index + ".lock")
	objects, err := m.user().line(ctx, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	if err != nil {
		return "", err
	}
	in := git{dir: m.repo, env: []string{
		"GIT_INDEX_FILE=" + index,
		"GIT_OBJECT_DIRECTORY=" + filepath.Join(m.GitDir(), "objects"),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + objects,
	}}
	if _, err := in.run(ctx, "add", "--all", "."); err != nil {
		return "", err
	}
	tree, err := in.line(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	if before, err := in.line(ctx, "rev-parse", head+"^{tree}"); err != nil || before == tree {
		return head, err
	}
	return m.commitTree(ctx, tree, head)
}

// commitTree makes the snapshot a commit, the same one for the same tree: its
// dates are the parent's.
func (m *Mirror) commitTree(ctx context.Context, tree, head string) (string, error) {
	when, err := m.git().line(ctx, "log", "-1", "--format=%cI", head)
	if err != nil {
		return "", err
	}
	in := m.git()
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		in.env = append(in.env, "GIT_"+who+"_NAME=perfrun", "GIT_"+who+"_EMAIL=perfrun@localhost", "GIT_"+who+"_DATE="+when)
	}
	rev, err := in.line(ctx, "commit-tree", "-p", head, "-m", "working tree", tree)
	if err != nil {
		return "", err
	}
	return rev, m.keep(ctx, rev)
}

// copyIndex copies the user's index, whose knowledge of unchanged files makes
// the snapshot quick.
func (m *Mirror) copyIndex(ctx context.Context) (string, error) {
	path, err := m.user().line(ctx, "rev-parse", "--path-format=absolute", "--git-path", "index")
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(strings.TrimSpace(path))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	copied := filepath.Join(m.folder, "snapshot.index")
	if err := os.Remove(copied); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if len(text) == 0 { // an empty file is no index, none is an empty one
		return copied, nil
	}
	return copied, os.WriteFile(copied, text, 0o600)
}
