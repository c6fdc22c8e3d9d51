package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/wire"
)

func waitCommand() *cobra.Command {
	var strict, asJSON bool
	cmd := &cobra.Command{
		Use:         "wait JOB",
		GroupID:     "box",
		Short:       "Wait for a job of a box, print its verdicts and exit as perfrun run does",
		Long:        "Wait for a job of a box, print its verdicts and exit as perfrun run does. JOB is an id, the beginning of one, or latest.",
		Annotations: ofBoxes,
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withJob(cmd, args[0], func(_ context.Context, box *client.Client, job results.Job) error {
				return awaitJob(cmd, box, job, strict, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 3 when a benchmark's verdict is cannot tell")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// withJob does something with the job of a box that a person means.
func withJob(cmd *cobra.Command, ref string, do func(ctx context.Context, box *client.Client, job results.Job) error) error {
	return withBox(cmd, func(ctx context.Context, box *client.Client) error {
		job, err := findJob(ctx, box, ref)
		if err != nil {
			return err
		}
		return do(ctx, box, job)
	})
}

// findJob finds the job that a person means: an id, that of one of its runs, the beginning
// of one that no other of the latest has, or latest.
func findJob(ctx context.Context, box *client.Client, ref string) (results.Job, error) {
	if ref != "latest" {
		job, err := box.Job(ctx, ref)
		if problem, ok := errors.AsType[*results.Problem](err); err == nil || !ok || problem.Kind != results.BadInput {
			return job, err
		}
	}
	latest, _, err := box.Jobs(ctx, "", wire.MaxLimit)
	if err != nil {
		return results.Job{}, err
	}
	return meant(latest, ref)
}

// ofTry reports whether an id is that of the run of a job's second or later try.
func ofTry(job results.Job, ref string) bool {
	for job.Tries > 1 {
		if job.RunID() == ref {
			return true
		}
		job.Tries--
	}
	return false
}

func meant(latest []results.Job, ref string) (found results.Job, err error) {
	if ref == "latest" && len(latest) > 0 {
		return latest[0], nil
	}
	if i := slices.IndexFunc(latest, func(job results.Job) bool { return ofTry(job, ref) }); i >= 0 {
		return latest[i], nil
	}
	n := 0
	for _, job := range latest {
		if ref != "" && len(job.ID) >= len(ref) && job.ID[:len(ref)] == ref {
			found, n = job, n+1
		}
	}
	problem := &results.Problem{Kind: results.BadInput, Where: fmt.Sprintf("job %.80q", ref), What: "there is none of that id", Next: "perfrun queue shows what waits, perfrun list what was measured"}
	switch {
	case n == 1:
		return found, nil
	case n > 1:
		problem.What, problem.Next = fmt.Sprintf("%d jobs begin like that", n), "give more of the id"
	}
	return results.Job{}, problem
}

// awaitJob shows how a job goes until it is final, and ends as its run.
func awaitJob(cmd *cobra.Command, box *client.Client, job results.Job, strict, asJSON bool) error {
	ctx := cmd.Context()
	shown := newProgress(os.Stderr)
	last := ""
	job, err := box.Wait(ctx, job.ID, func(p wire.Progress) {
		line := progressWords(p)
		switch {
		case shown.terminal:
			shown.draw(line, "")
		case line != last && p.Detail == "":
			shown.Say(line)
		}
		last = line
	})
	shown.end()
	if err != nil {
		return err
	}
	return concludeJob(ctx, cmd, box, job, strict, asJSON)
}

// progressWords say how far a job is.
func progressWords(p wire.Progress) string {
	place := p.Place
	text := fmt.Sprintf("job %s is %s", place.ID, place.State)
	switch {
	case place.State == results.JobQueued && p.Ahead > 0:
		text += fmt.Sprintf(", %d before it", p.Ahead)
	case place.State == results.JobRunning && place.Run != "":
		text = fmt.Sprintf("job %s is %s", place.ID, place.Run)
	}
	if place.State == results.JobQueued && place.BeginsIn > 0 {
		text += ", begins in about " + harness.Roughly(place.BeginsIn)
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return words.Plain(text)
}

// concludeJob prints what the run of a final job yielded.
func concludeJob(ctx context.Context, cmd *cobra.Command, box *client.Client, job results.Job, strict, asJSON bool) error {
	if job.State != results.JobDone {
		if asJSON {
			if err := printJSON(cmd.OutOrStdout(), job); err != nil {
				return err
			}
		}
		return &results.Problem{Kind: results.CannotRun, Where: "job " + job.ID, What: fmt.Sprintf("it is %s: %s", job.State, job.Reason), Next: "perfrun logs " + job.ID + " shows its log"}
	}
	answer := job
	if job.Same != "" {
		var err error
		if answer, err = box.Job(ctx, job.Same); err != nil {
			return err
		}
	}
	record, err := box.Record(ctx, answer.RunID())
	if err != nil {
		return err
	}
	comparisons := verdict.Judge(record)
	if err := printComparisons(cmd, record, comparisons, asJSON); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "run %s is %s: perfrun report %s writes its page\n", record.Run.ID, record.Run.State, record.Run.ID)
	return verdictExit(comparisons, strict)
}
