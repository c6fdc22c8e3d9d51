package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"mtrlz.dev/perfrun/results"
)

// resolveTree resolves the working tree. Its snapshot is made with an index of
// our own and with objects that go into the mirror, so that the user's index,
// refs and object store stay as they are.
func (m *Mirror) resolveTree(ctx context.Context) (results.Commit, error) {
	if bare, err := m.user().line(ctx, "rev-parse", "--is-bare-repository"); err == nil && bare == "true" {
		return results.Commit{}, &results.Problem{Kind: results.BadInput, Where: m.repo, What: "a bare repository has no working tree", Next: "name a revision"}
	}
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
		clean.Branch, err = m.branch(ctx, head)
		return clean, err
	}
	dirty, err := m.describe(ctx, WorkingTree, rev)
	dirty.Dirty, dirty.Subject, dirty.Author = true, "working tree on "+clean.Subject, clean.Author
	return dirty, err
}

// snapshot commits the working tree into the mirror and returns the commit, or
// head where nothing differs from it.
func (m *Mirror) snapshot(ctx context.Context, head string) (string, error) {
	index := filepath.Join(m.folder, "snapshot.index")
	defer os.Remove(index)
	_ = os.Remove(index + ".lock") // of a killed run
	in := git{dir: m.repo, env: []string{
		"GIT_INDEX_FILE=" + index,
		// Without the user's own objects behind it, everything that the mirror
		// lacks is written there, also what the user has staged.
		"GIT_OBJECT_DIRECTORY=" + filepath.Join(m.GitDir(), "objects"),
	}}
	tracked, err := m.user().run(ctx, "ls-files", "--cached", "-z") // a forced file is ignored and in no commit yet
	if err != nil {
		return "", err
	}
	if _, err := in.run(ctx, "read-tree", head); err != nil {
		return "", err
	}
	if _, err := in.feed(ctx, tracked, "update-index", "--add", "--remove", "-z", "--stdin"); err != nil {
		return "", err
	}
	if _, err := in.run(ctx, "add", "--all", "."); err != nil {
		return "", err
	}
	tree, err := in.line(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	if before, err := m.git().line(ctx, "rev-parse", head+"^{tree}"); err != nil || before == tree {
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
