package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// WorkingTree is the revision that means the user's files as they are.
const WorkingTree = "."

// Resolve finds the commit that rev means in the user's repository and sees that
// the mirror has it. "." is the working tree: HEAD where nothing is changed, else
// a snapshot that exists in the mirror only.
func (m *Mirror) Resolve(ctx context.Context, rev string) (results.Commit, error) {
	if rev == WorkingTree {
		return m.resolveTree(ctx)
	}
	full, err := m.revision(ctx, rev)
	if err != nil {
		return results.Commit{}, err
	}
	if err := m.fetchCommit(ctx, full); err != nil {
		return results.Commit{}, err
	}
	commit, err := m.describe(ctx, rev, full)
	if err != nil {
		return commit, err
	}
	commit.Branch, err = m.branch(ctx, full)
	return commit, err
}

// revision turns what the user wrote into a full object name.
func (m *Mirror) revision(ctx context.Context, rev string) (string, error) {
	out, err := m.user().line(ctx, "rev-parse", "--verify", "--end-of-options", rev+"^{commit}")
	full := strings.TrimSpace(out)
	if err == nil && IsObjectName(full) {
		return full, nil
	}
	if err != nil && !isFailure(err) {
		return "", err
	}
	return "", m.noCommit(ctx, rev)
}

// IsObjectName tells a full SHA-1 or SHA-256 name.
func IsObjectName(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// noCommit says why a revision names no commit.
func (m *Mirror) noCommit(ctx context.Context, rev string) error {
	problem := &results.Problem{Kind: results.BadInput, Where: "revision " + strconv.Quote(rev)}
	if _, err := m.user().run(ctx, "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
		problem.What, problem.Next = "the repository has no commit yet", "commit something first"
		return problem
	}
	kind, err := m.user().line(ctx, "cat-file", "-t", "--end-of-options", rev)
	if strings.HasPrefix(rev, "-") { // cat-file has no such end in older versions
		err = &failure{}
	}
	switch {
	case err == nil && kind != "commit":
		problem.What, problem.Next = "it is a "+kind+", not a commit", "name a commit, branch or tag"
	case m.shallow(ctx):
		problem.What, problem.Next = "this shallow clone does not have it", "run git fetch --unshallow (in CI: check out with full history), then repeat"
	default:
		problem.What, problem.Next = "there is no such commit", "check the name, or run git fetch"
		if near := m.similar(ctx, rev); near != "" {
			problem.Next = "did you mean " + near + "? otherwise run git fetch"
		}
	}
	if out, err := m.user().run(ctx, "rev-parse", "--disambiguate="+rev); err == nil && strings.Count(string(out), "\n") > 1 {
		problem.What, problem.Next = "it is ambiguous", "write more digits"
	}
	return problem
}

func (m *Mirror) shallow(ctx context.Context) bool {
	answer, err := m.user().line(ctx, "rev-parse", "--is-shallow-repository")
	return err == nil && answer == "true"
}

// similar lists up to three branches or tags that hold rev or begin alike.
func (m *Mirror) similar(ctx context.Context, rev string) string {
	out, err := m.user().run(ctx, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
	if err != nil || rev == "" {
		return ""
	}
	var near []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if start := rev[:min(3, len(rev))]; strings.Contains(name, rev) || strings.HasPrefix(name, start) {
			near = append(near, strconv.Quote(name))
		}
	}
	return strings.Join(near[:min(3, len(near))], ", ")
}

// describe reads what people want to know of a commit.
func (m *Mirror) describe(ctx context.Context, asked, rev string) (results.Commit, error) {
	out, err := m.git().run(ctx, "log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%ct%x00%an%x00%s", rev)
	if err != nil {
		return results.Commit{}, fmt.Errorf("read commit %.12s: %w", rev, err)
	}
	fields := strings.SplitN(strings.TrimSuffix(string(out), "\n"), "\x00", 3)
	if len(fields) != 3 {
		return results.Commit{}, fmt.Errorf("read commit %.12s: git said %q", rev, out)
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return results.Commit{}, fmt.Errorf("read date of commit %.12s: %w", rev, err)
	}
	return results.Commit{Rev: rev, Asked: asked, Author: fields[1], Subject: fields[2], When: time.Unix(seconds, 0).UTC()}, nil
}
