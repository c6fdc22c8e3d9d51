package source

import (
	"context"
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// mainBranches are the names of main branches, where a remote does not tell its
// own.
var mainBranches = []string{"main", "master", "trunk"}

// mainRefs are the refs of the main branch: the remote's, which the user may be
// ahead of, and the local one. None where nobody can tell which branch that is.
func (m *Mirror) mainRefs(ctx context.Context) (refs []string) {
	names := mainBranches
	const remote, local = "refs/remotes/origin/", "refs/heads/"
	if head, err := m.user().line(ctx, "symbolic-ref", "--quiet", remote+"HEAD"); err == nil && len(head) > len(remote) {
		names = []string{head[len(remote):]}
	} else if m.isBare(ctx) { // a bare repository's HEAD is its main branch, not what somebody works on
		if head, err := m.user().line(ctx, "symbolic-ref", "--quiet", "HEAD"); err == nil && strings.HasPrefix(head, local) {
			names = []string{head[len(local):]}
		}
	}
	for _, name := range names {
		for _, ref := range []string{remote + name, local + name} {
			if _, err := m.user().run(ctx, "rev-parse", "--verify", "--quiet", ref); err == nil {
				refs = append(refs, ref)
			}
		}
		if len(refs) > 0 {
			return refs
		}
	}
	return nil
}

func (m *Mirror) isBare(ctx context.Context) bool {
	bare, err := m.user().line(ctx, "rev-parse", "--is-bare-repository")
	return err == nil && bare == "true"
}

// branch returns the name of the main branch if it holds a commit; empty if it does
// not, or if nobody can tell which branch that is.
func (m *Mirror) branch(ctx context.Context, rev string) (string, error) {
	for _, ref := range m.mainRefs(ctx) {
		_, err := m.user().run(ctx, "merge-base", "--is-ancestor", rev, ref)
		if err == nil {
			return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/remotes/origin/"), "refs/heads/"), nil
		}
		if !isFailure(err) {
			return "", err
		}
	}
	return "", nil
}

// MergeBase returns the commit that a head is to be compared with: where it left the
// main branch, or its first parent where that branch holds it.
func (m *Mirror) MergeBase(ctx context.Context, head string) (string, error) {
	onMain, err := m.branch(ctx, head)
	if err != nil {
		return "", err
	}
	if onMain != "" {
		parent, err := m.Resolve(ctx, head+"~1")
		return parent.Rev, err
	}
	for _, ref := range m.mainRefs(ctx) {
		if base, err := m.user().line(ctx, "merge-base", head, ref); err == nil {
			return base, nil
		}
	}
	return "", &results.Problem{
		Kind: results.BadInput, Where: "base", What: fmt.Sprintf("none is given, and commit %.12s has no commit in common with a main branch", head),
		Next: "name a base",
	}
}

// Has reports whether the repository has a commit of this full name.
func (m *Mirror) Has(ctx context.Context, rev string) bool {
	if !IsObjectName(rev) {
		return false
	}
	_, err := m.user().run(ctx, "cat-file", "-e", rev+"^{commit}")
	return err == nil
}
