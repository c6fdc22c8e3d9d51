package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

// cloudClass is the class of hosts that CI's agents are.
const cloudClass = "cloud"

// newOrder is the order of a build. Both hosts must measure the same two commits, so
// the base is found here: for a pull request where it left the main branch, for a build
// of the main branch the commit that the box measured last. A step that is tried again
// orders what it ordered before: meanwhile the box has measured, and main moved on.
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
	if s.suite, err = s.suiteName(ctx, mirror); err != nil {
		return order, err
	}
	asked, enough := s.soon(ctx)
	defer enough()
	order = results.Order{
		Repository: s.flags.repository, Head: s.build.Commit, Branch: s.build.Line(), Suite: s.flags.suite, Priority: s.build.Priority(),
	}
	if order.ID, order.Base, err = s.earlier(asked, mirror, box); err == nil && order.Base == "" {
		order.Base, err = s.base(ctx, asked, mirror, box)
	}
	if err != nil {
		return order, err
	}
	return order, s.since(ctx, mirror, order.Base)
}

// soon bounds what is asked of the box before anything is measured. One that is away is
// waited for later, while this agent measures; but a step that is tried again must know
// what it ordered.
func (s *step) soon(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.build.Retry > 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, askIn)
}

// since notes the commits that came after base: a change can come from them, and a
// regression can have been accepted at any of them.
func (s *step) since(ctx context.Context, mirror *source.Mirror, base string) error {
	commits, total, err := mirror.Between(ctx, base, s.build.Commit, mostSince)
	if err != nil {
		return err
	}
	s.commits = map[string]bool{s.build.Commit: true}
	for _, c := range commits {
		s.commits[c.Rev] = true
	}
	if s.build.OnMain() {
		s.page.Between, s.page.BetweenTotal = commits[:min(len(commits), mostBetween)], total
	}
	return nil
}

// How many commits an annotation names, and how many are known.
const (
	mostBetween = 20
	mostSince   = 1000
)

func (s *step) base(ctx, asked context.Context, mirror *source.Mirror, box *client.Client) (string, error) {
	if s.build.OnMain() {
		for _, last := range lastOnMain(asked, box, s.suite) {
			if s.canBeBase(ctx, mirror, last) {
				return last, nil
			}
		}
	}
	base, err := mirror.MergeBase(ctx, s.build.Commit)
	if problem, ok := errors.AsType[*results.Problem](err); ok {
		problem.Next = "the checkout lacks history: git fetch --unshallow origin, or fetch the main branch, before this step"
	}
	return base, err
}

// canBeBase refuses the commit itself: beside itself everything is as it was.
func (s *step) canBeBase(ctx context.Context, mirror *source.Mirror, rev string) bool {
	return rev != s.build.Commit && mirror.IsAncestor(ctx, rev, s.build.Commit)
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

// lastOnMain are the commits of the main branch that a box measured, the latest first;
// none where it cannot be asked. What hosts of other classes measured was given to it.
func lastOnMain(ctx context.Context, box *client.Client, suite string) (revs []string) {
	class, err := classOf(ctx, box)
	if err != nil {
		return nil // whether the box can be reached shows when it is given the order
	}
	runs, err := box.Runs(ctx, 1000)
	if err != nil {
		return nil
	}
	for _, run := range runs { // newest first
		if run.Suite == suite && run.State == results.Done && run.Kind == results.Comparison && run.Head.Branch != "" && run.Class == class && !slices.Contains(revs, run.Head.Rev) {
			revs = append(revs, run.Head.Rev)
		}
	}
	return revs
}

// classOf is the class of what a box measures itself.
func classOf(ctx context.Context, box *client.Client) (string, error) {
	text, err := box.Status(ctx)
	if err != nil {
		return "", err
	}
	var said struct {
		Host  string `json:"host"`
		Class string `json:"host_class"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return "", fmt.Errorf("read the box's status: %w", err)
	}
	return cmp.Or(said.Class, said.Host), nil
}
