package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// replayJSON is what replay --json prints.
type replayJSON struct {
	Run         string              `json:"run"`
	Method      string              `json:"method"`          // by which it is judged now
	Recorded    string              `json:"recorded_method"` // by which it was when it ended; empty: not recorded
	Digest      string              `json:"digest"`          // of the verdicts as they come out now
	Judged      string              `json:"recorded_digest"` // as they came out when it ended; empty: not recorded
	Comparisons []verdict.Explained `json:"comparisons"`
}

func replayCommand() *cobra.Command {
	var db, only string
	var asJSON bool
	cmd := &cobra.Command{
		Use:         "replay RUN",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Judge a run again from its samples, step by step, and see that it comes out the same",
		Long: `Replay recomputes every verdict of a run from its stored samples, tells each step
in words and numbers, and says whether the verdicts are those that the run ended
with. They must be, to the byte, on any machine; exit code 4 says that they are not.`,
		Example: "  perfrun replay latest\n  perfrun replay 3f9a --only join",
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := openRecord(cmd, db, args[0])
			if err != nil {
				return err
			}
			return replay(cmd, record, only, asJSON)
		},
	}
	cmd.Flags().StringVar(&only, "only", "", "only benchmarks whose name matches `REGEX`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	addDB(cmd, &db)
	return cmd
}

func replay(cmd *cobra.Command, record *results.Record, only string, asJSON bool) error {
	filter, err := regexp.Compile(only)
	if err != nil {
		return &results.Problem{Kind: results.BadInput, Where: "--only", What: err.Error(), Next: "give a regular expression in Go's syntax"}
	}
	digest, err := verdict.Digest(verdict.Judge(record))
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(verdict.Explain(record), func(x verdict.Explained) bool { return !filter.MatchString(x.Benchmark) })
	out := replayJSON{
		Run: record.Run.ID, Digest: digest, Judged: record.Run.Judged, Comparisons: list,
		Method: methodOf(verdict.Methods()), Recorded: methodOf(record.Run.Versions),
	}
	if asJSON {
		err = printJSON(cmd.OutOrStdout(), out)
	} else {
		err = reports.Replay(cmd.OutOrStdout(), list, style(cmd.OutOrStdout()))
	}
	if err != nil {
		return err
	}
	return out.conclude()
}

// methodOf finds the rule behind verdicts among versions.
func methodOf(versions []results.Fact) string {
	for _, fact := range versions {
		if fact.Name == verdict.MethodFact {
			return fact.Value
		}
	}
	return ""
}

// conclude tells whether the verdicts are those the run ended with.
func (r replayJSON) conclude() error {
	switch {
	case r.Judged == "":
		fmt.Fprintf(os.Stderr, "run %s ended without verdicts to compare with; these have the digest %.12s\n", r.Run, r.Digest)
	case r.Judged == r.Digest:
		fmt.Fprintf(os.Stderr, "the verdicts of run %s come out the same, digest %.12s\n", r.Run, r.Digest)
	case r.Recorded != r.Method:
		fmt.Fprintf(os.Stderr, "run %s was judged by %s, this is %s: the verdicts need not be the same, and are not\n", r.Run, r.Recorded, r.Method)
	default:
		return &results.Problem{
			Kind: results.CannotRun, Where: "run " + r.Run,
			What: fmt.Sprintf("its verdicts come out differently: digest %.12s, it ended with %.12s", r.Digest, r.Judged),
			Next: "perfrun db check looks for damage; if it finds none, report a bug with perfrun export",
		}
	}
	return nil
}
