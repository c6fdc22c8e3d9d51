package source

import "context"

// mainBranches are the names of main branches, where a remote does not tell its
// own.
var mainBranches = []string{"main", "master", "trunk"}

// branch returns the name of the main branch if it holds a commit; empty if it does
// not, or if nobody can tell which branch that is. Both the remote's branch and the
// local one count: the user may be ahead of either.
func (m *Mirror) branch(ctx context.Context, rev string) (string, error) {
	names := mainBranches
	const remote = "refs/remotes/origin/"
	if head, err := m.user().line(ctx, "symbolic-ref", "--quiet", remote+"HEAD"); err == nil && len(head) > len(remote) {
		names = []string{head[len(remote):]}
	} else if err != nil && !isFailure(err) {
		return "", err
	}
	for _, name := range names {
		known := false
		for _, ref := range []string{remote + name, "refs/heads/" + name} {
			if _, err := m.user().run(ctx, "rev-parse", "--verify", "--quiet", ref); err != nil {
				continue
			}
			known = true
			if _, err := m.user().run(ctx, "merge-base", "--is-ancestor", rev, ref); err == nil {
				return name, nil
			} else if !isFailure(err) {
				return "", err
			}
		}
		if known {
			return "", nil
		}
	}
	return "", nil
}
