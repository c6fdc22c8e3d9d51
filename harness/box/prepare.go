package box

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

// LastMeasured is the base that means the head of the latest run of the suite on
// the main branch.
const LastMeasured = "@last"

// commits are the full names of what is compared.
type commits struct{ base, head string }

// Check refuses an order that this box can never carry out, by what the order says
// alone.
func (r *Runner) Check(order results.Order) error {
	if _, known := r.Repositories[order.Repository]; !known {
		names := slices.Sorted(maps.Keys(r.Repositories))
		next := "the box's configuration names none: add one under repositories"
		if len(names) > 0 {
			next = "it measures " + strings.Join(names, ", ")
		}
		return bad("repository "+strconv.Quote(order.Repository), "this box does not measure it", next)
	}
	if !filepath.IsLocal(order.Suite) || strings.HasPrefix(order.Suite, "-") {
		return bad("suite "+strconv.Quote(order.Suite), "it is no path in the repository", "name one from the repository's top, like perf.yml")
	}
	for _, rev := range []string{order.Base, order.Head} {
		if strings.HasPrefix(rev, "-") || rev == source.WorkingTree || strings.ContainsAny(rev, "\x00\n") {
			return bad("revision "+strconv.Quote(rev), "it names no commit", "give a branch, a tag or a commit's name")
		}
		// A regular expression of a few bytes can take all memory that there is.
		if strings.HasPrefix(rev, ":") || strings.Contains(rev, "{/") {
			return bad("revision "+strconv.Quote(rev), "it looks for a commit by its message", "give a branch, a tag or a commit's name")
		}
	}
	if order.Head == "" {
		return bad("head", "the order names none", "give a branch, a tag or a commit's name")
	}
	return nil
}

func bad(where, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}

// prepare fetches the repository, finds the commits of an order and refuses a suite
// that asks for too much. Where the repository cannot be reached, what was fetched
// before will do for commits that are named in full, if it has them: a branch may be
// elsewhere by now.
func (r *Runner) prepare(ctx context.Context, order results.Order, log io.Writer) (found commits, path string, err error) {
	if err := r.Check(order); err != nil {
		return found, "", err
	}
	repository := r.Repositories[order.Repository]
	fmt.Fprintf(log, "fetching repository %s\n", order.Repository)
	path, unreachable := repository.Fetch(ctx, r.Folder)
	named := source.IsObjectName(order.Base) && source.IsObjectName(order.Head)
	if unreachable != nil && (path == "" || !named || !Passing(unreachable)) {
		return found, "", unreachable
	}
	if unreachable == nil {
		for _, rev := range []string{order.Head, order.Base} {
			if err := repository.Get(ctx, path, rev); err != nil {
				return found, "", err
			}
		}
	}
	found, err = r.find(ctx, path, order, repository.Networks)
	if err != nil && unreachable != nil {
		return found, "", unreachable // the commits may be among what could not be fetched
	}
	if unreachable != nil {
		fmt.Fprintf(log, "%v; what was fetched before has both commits\n", unreachable)
	}
	return found, path, err
}

// find resolves an order's revisions and looks at the suite.
func (r *Runner) find(ctx context.Context, path string, order results.Order, networks []string) (commits, error) {
	mirror, err := source.Open(ctx, r.Cache, path)
	if err != nil {
		return commits{}, err
	}
	defer mirror.Close()
	head, err := mirror.Resolve(ctx, order.Head)
	if err != nil {
		return commits{}, err
	}
	asked, err := readSuite(ctx, mirror, head.Rev, order.Suite)
	if err != nil {
		return commits{}, err
	}
	if err := allowed(asked, order.Suite, networks); err != nil {
		return commits{}, err
	}
	base, err := r.base(ctx, mirror, order.Base, head.Rev, asked.Name)
	return commits{base, head.Rev}, err
}

func readSuite(ctx context.Context, mirror *source.Mirror, rev, path string) (*suite.Suite, error) {
	text, err := mirror.ReadFile(ctx, rev, filepath.ToSlash(filepath.Clean(path)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, bad(path, fmt.Sprintf("commit %.12s has no such file", rev), "name a suite of the commit")
	}
	if err != nil {
		return nil, err
	}
	return suite.Parse(path, text)
}

// allowed refuses networks that the box's owner does not give this repository. The
// build may always fetch what it needs through Docker's own bridge.
func allowed(asked *suite.Suite, path string, networks []string) error {
	build := append([]string{"none", "bridge"}, networks...)
	switch {
	case !slices.Contains(networks, asked.Network):
		return bad(path, "it asks for the "+asked.Network+" network, which this box does not give it", "ask the box's owner for networks in its configuration, or do without")
	case !slices.Contains(build, asked.Build.Network):
		return bad(path, "its build asks for the "+asked.Build.Network+" network, which this box does not give it", "ask the box's owner for networks in its configuration, or do without")
	}
	return nil
}

// base finds what head is compared with.
func (r *Runner) base(ctx context.Context, mirror *source.Mirror, asked, head, name string) (string, error) {
	if asked == LastMeasured {
		measured, err := r.Last(ctx, name)
		if err != nil {
			return "", err
		}
		// Another repository may have a suite of the same name.
		own := slices.IndexFunc(measured, func(rev string) bool { return mirror.Has(ctx, rev) })
		if own >= 0 && measured[own] != head {
			return measured[own], nil
		}
		asked = ""
	}
	if asked == "" {
		return mirror.MergeBase(ctx, head)
	}
	found, err := mirror.Resolve(ctx, asked)
	return found.Rev, err
}
