package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/doctor"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

func quietCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quiet",
		GroupID: "machine",
		Short:   "See how quiet this machine is, make it so by hand, and put it back",
		Long: `A run makes the machine quiet by itself and puts everything back. These verbs
are for people who work on the machine by hand: status only looks; apply sets
what a run would set, and leaves it so; restore puts back whatever perfrun has
changed, also what a killed run left.`,
		Example: `  perfrun quiet status
  sudo perfrun quiet apply
  sudo perfrun quiet restore`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(quietStatusCommand(), quietApplyCommand(), quietRestoreCommand())
	return cmd
}

// quietStatus is what quiet status prints as JSON.
type quietStatus struct {
	Changed []journal.Change  `json:"changed"` // by perfrun, and not put back yet
	Knobs   []quiet.State     `json:"knobs"`
	Finding []results.Finding `json:"findings"`
}

func quietStatusCommand() *cobra.Command {
	var asJSON bool
	var cpus string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show every knob as it stands, and what perfrun has changed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			machine, err := openMachine()
			if err != nil {
				return err
			}
			_, layout, err := layOut(cpus, results.LevelIsolate)
			if err != nil {
				return err
			}
			states := machine.Quiet.Look(quiet.Wish{Bench: layout.Bench, Siblings: layout.Siblings})
			pending, err := machine.Quiet.Pending()
			if err != nil {
				return err
			}
			status := quietStatus{
				Changed: pending, Knobs: states,
				Finding: append(doctor.Knobs(states, machine.Level, os.Getuid() == 0), doctor.Left(pending, nil)),
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), status)
			}
			return reports.Findings(cmd.OutOrStdout(), status.Finding, style(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&cpus, "cpus", "", "`LIST` of the benchmark's CPUs (default: as a run would choose)")
	return cmd
}

func quietApplyCommand() *cobra.Command {
	var cpus string
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Set the knobs and take the CPUs as a run would, and leave it so",
		Long: `Apply sets what a run at the level isolate would set, until quiet restore or
the next run puts it back. Sleep states of the processor are left alone: they
can only be held off by a process that stays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return applyQuiet(cmd, cpus) },
	}
	cmd.Flags().StringVar(&cpus, "cpus", "", "`LIST` of the benchmark's CPUs (default: as a run would choose)")
	return cmd
}

func applyQuiet(cmd *cobra.Command, cpus string) error {
	machine, err := openMachine()
	if err != nil {
		return err
	}
	_, layout, err := layOut(cpus, results.LevelIsolate)
	if err != nil {
		return err
	}
	held, err := holdByHand(cmd.Context(), "quiet apply")
	if err != nil {
		return err
	}
	defer held.Release()
	list, err := machine.Quiet.Recover()
	tell(quiet.Describe(list))
	if err != nil {
		return err
	}
	session, err := machine.Quiet.Begin(quiet.Wish{
		Level: results.LevelIsolate, Bench: layout.Bench, Siblings: layout.Siblings, Sampler: layout.Sampler,
		Others: layout.Harness, Balanced: len(layout.Bench) > 1, By: "quiet apply by " + userName(),
	})
	if err != nil {
		return err
	}
	if err := printQuiet(cmd, session.Reached); err != nil {
		return errors.Join(err, session.Keep())
	}
	return session.Keep()
}

// printQuiet shows what was reached; less than isolation is an exit code, too.
func printQuiet(cmd *cobra.Command, reached results.Quiet) error {
	out := cmd.OutOrStdout()
	if err := reports.Knobs(out, reached, style(out)); err != nil {
		return err
	}
	if reached.Reached != results.LevelIsolate {
		return &results.Problem{Kind: results.CannotRun, Where: "quiet", What: "the machine is not isolated: " + reached.Why, Next: "perfrun doctor says what is missing; perfrun quiet restore puts back what was set"}
	}
	return nil
}

func quietRestoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore",
		Short: "Put back everything that perfrun has changed on this machine",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			machine, err := openMachine()
			if err != nil {
				return err
			}
			held, err := holdByHand(cmd.Context(), "quiet restore")
			if err != nil {
				return err
			}
			list, err := machine.Quiet.Recover()
			if len(list) == 0 && err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), "Nothing is changed on this machine.")
			}
			for _, line := range quiet.Describe(list) {
				fmt.Fprintln(cmd.OutOrStdout(), words.Plain(line))
			}
			return errors.Join(err, held.Release())
		},
	}
}

// holdByHand takes the machine for a verb that works on it.
func holdByHand(ctx context.Context, what string) (*lock.Lock, error) {
	return lock.Acquire(ctx, lockPath(), lock.Holder{User: userName(), PID: os.Getpid(), What: what, Since: time.Now()}, func(others []lock.Holder) {
		for _, other := range others {
			tell([]string{fmt.Sprintf("the machine is taken: waiting for %s", other)})
		}
	})
}

func tell(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(line))
	}
}
