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
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

func acceptCommand() *cobra.Command {
	var db, reason string
	var undo, asJSON bool
	cmd := &cobra.Command{
		Use:     "accept [RUN BENCHMARK --reason TEXT]",
		GroupID: "keep",
		Short:   "Take a regression as intended, or list what was",
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
			return accept(cmd.Context(), db, args[0], args[1], reason, undo)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is intended")
	cmd.Flags().BoolVar(&undo, "undo", false, "take the acceptance back")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	addDB(cmd, &db)
	return cmd
}

func accept(ctx context.Context, db, ref, benchmark, reason string, undo bool) error {
	writer, err := openWriter(ctx, db)
	if err != nil {
		return err
	}
	defer writer.Close()
	run, err := runWith(ctx, writer, ref, benchmark)
	if err != nil {
		return err
	}
	if undo {
		return undoAccept(ctx, writer, run, benchmark)
	}
	a := results.Acceptance{
		Suite: run.Suite, Benchmark: benchmark, Commit: run.Head.Rev, Run: run.ID, Reason: reason, By: userName(), At: time.Now().UTC(),
	}
	if err := writer.Accept(ctx, a); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s of suite %s is accepted from commit %.12s on\n", reports.Plain(benchmark), reports.Plain(run.Suite), run.Head.Rev)
	return nil
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

func undoAccept(ctx context.Context, s *store.Store, run results.Run, benchmark string) error {
	undone, err := s.Unaccept(ctx, run.Suite, benchmark, run.Head.Rev, userName(), time.Now().UTC())
	if err == nil && !undone {
		return &results.Problem{
			Kind: results.BadInput, Where: "run " + run.ID, What: strconv.Quote(benchmark) + " is not accepted there", Next: "perfrun accept lists what is",
		}
	}
	return err
}

func listAccepted(cmd *cobra.Command, db string, asJSON bool) error {
	reader, err := openReader(cmd.Context(), db)
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
