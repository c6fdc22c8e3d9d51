package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

// submitFlags are the flags of submit as they are typed.
type submitFlags struct {
	order                results.Order
	minEffect, priority  string
	wait, strict, asJSON bool
}

func submitCommand() *cobra.Command {
	f := submitFlags{}
	cmd := &cobra.Command{
		Use:     "submit",
		GroupID: "box",
		Short:   "Order a run of a box",
		Long: `Submit puts an order into the queue of a box, which fetches both commits itself:
they must have been pushed. HEAD and what begins with it mean the commit of the
repository in this folder; other revisions mean what the box fetches.

The order is safe when submit says so. Sent again after a lost link it is still the
same one. With --wait, submit ends as perfrun run would: with the table of verdicts
and its exit code. Interrupted while it waits, the run goes on.`,
		Example: `  perfrun --box you@relay.example.com:2222 submit --wait
  perfrun submit --repository db --base v1.0 --head v1.1 --suite perf.yml
  perfrun submit --branch "$BUILDKITE_BRANCH" --priority pull-request`,
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.order.Repository, "repository", "", "short `NAME` that the box has for the repository (default: the only one it has)")
	flags.StringVar(&f.order.Base, "base", "", "base `REV`ision; @last is the latest that was measured of the main branch (default: the merge base of head with the main branch)")
	flags.StringVar(&f.order.Head, "head", "HEAD", "head `REV`ision")
	flags.StringVar(&f.order.Branch, "branch", "", "`NAME` of the branch that head is of: a newer commit of it takes the place of older ones that wait")
	flags.StringVar(&f.order.Suite, "suite", harness.DefaultSuite, "suite `FILE` in head")
	flags.StringVar(&f.order.Only, "only", "", "only benchmarks whose name matches `REGEX`")
	flags.IntVar(&f.order.Rounds, "rounds", 0, "measured rounds, at most (default: the suite's)")
	flags.StringVar(&f.minEffect, "min-effect", "", "least `CHANGE` that counts for every benchmark, like 3% (default: the suite's)")
	flags.StringVar(&f.priority, "priority", string(results.PriorityAdHoc), "release, main, pull-request or ad-hoc")
	flags.StringVar(&f.order.ID, "id", "", "`ID` of the order, for who orders again what may not have arrived (default: drawn)")
	flags.BoolVar(&f.wait, "wait", false, "wait for the run, print its verdicts and exit as perfrun run does")
	flags.BoolVar(&f.strict, "strict", false, "with --wait: exit with 3 when a benchmark's verdict is cannot tell")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (f *submitFlags) run(cmd *cobra.Command) (err error) {
	if f.minEffect != "" {
		if f.order.MinEffect, err = fraction("--min-effect", f.minEffect); err != nil {
			return err
		}
	}
	f.order.Priority = results.Priority(f.priority)
	for _, rev := range []*string{&f.order.Base, &f.order.Head} {
		if *rev, err = pinned(cmd.Context(), *rev); err != nil {
			return err
		}
	}
	if f.order.ID == "" {
		f.order.ID = newID()
	}
	return withBox(cmd, func(ctx context.Context, box *client.Client) error {
		job, err := box.Submit(ctx, results.Person{}, f.order)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, submitted(job))
		if f.wait {
			return awaitJob(cmd, box, job, f.strict, f.asJSON)
		}
		if f.asJSON {
			return printJSON(cmd.OutOrStdout(), job)
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), job.ID)
		return err
	})
}

func submitted(job results.Job) string {
	switch {
	case job.Same != "":
		return fmt.Sprintf("job %s is queued: job %s measures the same and answers it", job.ID, job.Same)
	case job.State == results.JobQueued:
		return fmt.Sprintf("job %s is queued: perfrun wait %s waits for it", job.ID, job.ID)
	}
	return fmt.Sprintf("job %s is %s", job.ID, job.State)
}

// pinned turns HEAD, and what begins with it, into the full name of a commit here.
// Other revisions are the box's to understand.
func pinned(ctx context.Context, rev string) (string, error) {
	if rev != "HEAD" && !strings.HasPrefix(rev, "HEAD~") && !strings.HasPrefix(rev, "HEAD^") && !strings.HasPrefix(rev, "HEAD@") {
		return rev, nil
	}
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--end-of-options", rev+"^{commit}").Output()
	if err != nil {
		return "", &results.Problem{
			Kind: results.BadInput, Where: "revision " + rev, What: "this folder has no such commit",
			Next: "call it in a clone of the repository, or name a branch, a tag or a commit", Err: err,
		}
	}
	name := strings.TrimSpace(string(out))
	// What no branch of a remote has, no box can fetch.
	pushed, err := exec.CommandContext(ctx, "git", "for-each-ref", "--count=1", "--contains", name, "refs/remotes").Output()
	if err == nil && len(pushed) == 0 {
		fmt.Fprintf(os.Stderr, "perfrun: commit %.12s is on no branch that was pushed from here: a box can only measure what it can fetch\n", words.Plain(name))
	}
	return name, nil
}
