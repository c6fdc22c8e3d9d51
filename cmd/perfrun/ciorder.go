package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

// cloudClass is the class of hosts that CI's agents are.
const cloudClass = "cloud"

// newOrder is the order of a build. Both hosts must measure the same two commits, so
// the base is found here: for a pull request where it left the main branch, for a build
// of the main branch the commit that the box measured last.
func (s *step) newOrder(ctx context.Context, box *client.Client) (order results.Order, err error) {
	cache, err := cacheDir()
	if err != nil {
		return order, err
	}
	mirror, err := source.Open(ctx, cache, ".")
	if err != nil {
		return order, err
	}
	defer mirror.Close()
	base, err := s.base(ctx, mirror, box)
	if err != nil {
		return order, err
	}
	if s.build.OnMain() {
		if s.page.Between, s.page.BetweenTotal, err = mirror.Between(ctx, base, s.build.Commit, mostBetween); err != nil {
			return order, err
		}
	}
	sum := sha256.Sum256([]byte(s.flags.suite + "\x00" + s.build.Commit))
	return results.Order{
		ID: fmt.Sprintf("bk-%s-s%s", s.build.ID, hex.EncodeToString(sum[:4])), Repository: s.flags.repository, Base: base, Head: s.build.Commit,
		Branch: s.build.Line(), Suite: s.flags.suite, Priority: s.build.Priority(),
	}, nil
}

// mostBetween is how many commits an annotation names.
const mostBetween = 20

func (s *step) base(ctx context.Context, mirror *source.Mirror, box *client.Client) (string, error) {
	measured, err := s.suiteName(ctx, mirror)
	if err != nil {
		return "", err
	}
	if s.build.OnMain() {
		if last := lastOnMain(ctx, box, measured); last != s.build.Commit && mirror.IsAncestor(ctx, last, s.build.Commit) {
			return last, nil
		}
	}
	base, err := mirror.MergeBase(ctx, s.build.Commit)
	if problem, ok := errors.AsType[*results.Problem](err); ok {
		problem.Next = "the checkout lacks history: git fetch --unshallow origin, or fetch the main branch, before this step"
	}
	return base, err
}

// suiteName reads the suite of the commit: what is wrong with it is said before anything
// is ordered.
func (s *step) suiteName(ctx context.Context, mirror *source.Mirror) (string, error) {
	commit, err := mirror.Resolve(ctx, s.build.Commit)
	if err != nil {
		return "", err
	}
	text, err := mirror.ReadFile(ctx, commit.Rev, s.flags.suite)
	if errors.Is(err, fs.ErrNotExist) {
		return "", &results.Problem{Kind: results.BadInput, Where: "--suite", What: fmt.Sprintf("commit %.12s has no file %.200q", commit.Rev, s.flags.suite), Next: "name a suite of the commit; perfrun init writes one"}
	}
	if err != nil {
		return "", err
	}
	parsed, err := suite.Parse(s.flags.suite, text)
	if err != nil {
		return "", err
	}
	return parsed.Name, nil
}

// lastOnMain is the commit of the main branch that a box measured last; empty where it
// cannot be asked, or has none.
func lastOnMain(ctx context.Context, box *client.Client, measured string) string {
	runs, err := box.Runs(ctx, 1000)
	if err != nil {
		return "" // whether the box can be reached shows when it is given the order
	}
	for _, run := range runs { // newest first
		if run.Suite == measured && run.State == results.Done && run.Kind == results.Comparison && run.Head.Branch != "" && run.Class != cloudClass {
			return run.Head.Rev
		}
	}
	return ""
}
