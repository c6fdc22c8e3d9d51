package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/wire"
)

func acceptCommand() *cobra.Command {
	var db, reason string
	var undo, asJSON bool
	cmd := &cobra.Command{
		Use:         "accept [RUN BENCHMARK --reason TEXT]",
		Annotations: ofBoxes,
		GroupID:     "keep",
		Short:       "Take a regression as intended, or list what was",
		Long: `Accept takes the level that a benchmark has since the head commit of a run as its
new normal: the step there is open no more. The verdict of the run itself stays.
Without arguments it lists what is accepted; --undo takes an acceptance back.`,
		Example: "  perfrun accept latest join --reason 'checksums on every page, see #412'\n  perfrun accept latest join --undo\n  perfrun accept",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 0 && len(args) != 2:
				return usage(errors.New("name a run and one of its benchmarks, or nothing"))
			case len(args) == 2 && !undo && strings.TrimSpace(reason) == "":
				return usage(errors.New("give --reason: whoever sees the level later wants to know why"))
			case (len(args) == 0 || undo) && reason != "":
				return usage(errors.New("--reason is for what is to be accepted: name a run and a benchmark"))
			case len(args) == 0 && undo:
				return usage(errors.New("--undo needs the run and the benchmark that were accepted"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listAccepted(cmd, db, asJSON)
			}
			asked := wire.Acceptance{Run: args[0], Benchmark: args[1], Reason: reason, Undo: undo}
			address, err := boxAddress(cmd, db)
			if err != nil {
				return err
			}
			if address != nil {
				return acceptThere(cmd, asked)
			}
			return accept(cmd.Context(), db, asked)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is intended")
	cmd.Flags().BoolVar(&undo, "undo", false, "take the acceptance back")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	addDB(cmd, &db)
	return cmd
}

// acceptThere asks the box to accept.
func acceptThere(cmd *cobra.Command, asked wire.Acceptance) error {
	return withBox(cmd, func(ctx context.Context, box *client.Client) error {
		steps, err := box.Accept(ctx, results.Person{}, asked)
		if err == nil {
			fmt.Fprintf(os.Stderr, "the box has noted it; that concerns %d announced steps\n", len(steps))
		}
		return err
	})
}

func accept(ctx context.Context, db string, asked wire.Acceptance) error {
	writer, err := openWriter(ctx, db)
	if err != nil {
		return err
	}
	defer writer.Close()
	run, err := acceptIn(ctx, writer, results.Person{Name: userName(), Role: results.Admin}, asked)
	if err == nil && !asked.Undo {
		fmt.Fprintf(os.Stderr, "%s of suite %s is accepted from commit %.12s on\n", words.Plain(asked.Benchmark), words.Plain(run.Suite), run.Head.Rev)
	}
	return err
}

// note adds to the audit what the queue has no part in.
func note(ctx context.Context, writer *store.Store, who results.Person, verb, object, detail string) error {
	return writer.ChangeJobs(ctx, func(jobs store.Jobs) error {
		return jobs.Note(results.Deed{At: time.Now(), Person: who, Verb: verb, Object: object, Detail: detail})
	})
}

// acceptIn stores what somebody accepts, or takes it back, with the audit, and returns
// its run.
func acceptIn(ctx context.Context, writer *store.Store, who results.Person, asked wire.Acceptance) (results.Run, error) {
	run, err := runWith(ctx, writer, asked.Run, asked.Benchmark)
	if err != nil {
		return run, err
	}
	deed := results.Deed{At: time.Now().UTC(), Person: who, Verb: "accept", Object: run.ID, Detail: asked.Benchmark + ": " + asked.Reason}
	if asked.Undo {
		deed.Verb = "accept undo"
		return run, undoAccept(ctx, writer, run, asked.Benchmark, deed)
	}
	return run, writer.Accept(ctx, results.Acceptance{
		Suite: run.Suite, Benchmark: asked.Benchmark, Commit: run.Head.Rev, Run: run.ID, Reason: asked.Reason, By: who.Name, At: deed.At,
	}, deed)
}

// runWith finds a run that can be accepted and has the benchmark.
func runWith(ctx context.Context, s *store.Store, ref, benchmark string) (results.Run, error) {
	id, err := s.Resolve(ctx, ref)
	if err != nil {
		return results.Run{}, err
	}
	run, err := s.Run(ctx, id)
	if err != nil {
		return run, err
	}
	if run.State != results.Done || run.Head.Dirty {
		return run, &results.Problem{Kind: results.BadInput, Where: "run " + id, What: "it is not done, or measured a working tree: there is no commit to accept", Next: "name a run that is done, of a commit"}
	}
	var names []string
	for _, b := range run.Bench {
		names = append(names, strconv.Quote(b.Name))
	}
	if !slices.Contains(names, strconv.Quote(benchmark)) {
		return run, &results.Problem{Kind: results.BadInput, Where: "run " + id, What: "it has no benchmark " + strconv.Quote(benchmark), Next: "it has " + strings.Join(names, ", ")}
	}
	return run, nil
}

func undoAccept(ctx context.Context, s *store.Store, run results.Run, benchmark string, deed results.Deed) error {
	undone, err := s.Unaccept(ctx, run.Suite, benchmark, run.Head.Rev, deed)
	if err == nil && !undone {
		return &results.Problem{
			Kind: results.BadInput, Where: "run " + run.ID, What: strconv.Quote(benchmark) + " is not accepted there", Next: "perfrun accept lists what is",
		}
	}
	return err
}

func listAccepted(cmd *cobra.Command, db string, asJSON bool) error {
	reader, err := openReader(cmd, db)
	if err != nil {
		return err
	}
	defer reader.Close()
	list, err := reader.Acceptances(cmd.Context(), "")
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), struct {
			Accepted []results.Acceptance `json:"accepted"`
		}{append([]results.Acceptance{}, list...)})
	}
	return reports.Accepted(cmd.OutOrStdout(), list, style(cmd.OutOrStdout()), time.Now())
}
