package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/harness/queue"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

func scheduleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "schedule",
		GroupID:     "box",
		Short:       "Have a box measure again and again",
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(scheduleAddCommand(), scheduleListCommand(), scheduleRemoveCommand(), scheduleRunCommand())
	return cmd
}

func scheduleAddCommand() *cobra.Command {
	s, yes := results.Schedule{Order: results.Order{Priority: results.PriorityMain}}, false
	cmd := &cobra.Command{
		Use:   "add NAME --cron 'MINUTE HOUR DAY MONTH WEEKDAY'",
		Short: "Submit the same order at every time of a cron expression, in UTC",
		Long: `Add shows the next five times, and asks before it submits anything; --yes is for
where nobody can answer. The usual order compares the main branch with what was
measured of it last. Times that pass while the box is off are made up for once.`,
		Example: "  perfrun schedule add nightly --cron '0 2 * * *'\n  perfrun schedule add releases --cron '30 4 * * 7' --base v1.0 --head main --yes",
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.Name = args[0]
			times, err := queue.Next(s.Cron, time.Now(), 5)
			if err != nil {
				return err
			}
			if err := agree(times, yes); err != nil {
				return err
			}
			return withBox(cmd, func(ctx context.Context, box *client.Client) error { return box.AddSchedule(ctx, results.Person{}, s) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.Cron, "cron", "", "five fields, in UTC: 0 2 * * * is every night at two (required)")
	flags.StringVar(&s.Order.Repository, "repository", "", "short `NAME` that the box has for the repository (default: the only one it has)")
	flags.StringVar(&s.Order.Base, "base", box.LastMeasured, "base `REV`ision; @last is the latest that was measured of the main branch")
	flags.StringVar(&s.Order.Head, "head", "main", "head `REV`ision")
	flags.StringVar(&s.Order.Suite, "suite", harness.DefaultSuite, "suite `FILE` in head")
	flags.StringVar(&s.Order.Only, "only", "", "only benchmarks whose name matches `REGEX`")
	flags.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func oneName(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(errors.New("give one name"))
	}
	return nil
}

// agree shows when a schedule would submit, and asks.
func agree(times []time.Time, yes bool) error {
	fmt.Fprintln(os.Stderr, "the next times, in UTC:")
	for _, at := range times {
		fmt.Fprintln(os.Stderr, "  "+at.Format("Mon 2006-01-02 15:04"))
	}
	if yes {
		return nil
	}
	refused := &results.Problem{Kind: results.BadInput, Where: "schedule", What: "nobody agreed to these times", Next: "answer y, or give --yes"}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return refused
	}
	fmt.Fprint(os.Stderr, "submit at these times? [y/N] ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
		return refused
	}
	return nil
}

func scheduleListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List schedules, with when each is next",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				list, err := box.Schedules(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), struct {
						Schedules []results.Schedule `json:"schedules"`
					}{list})
				}
				return reports.Schedules(cmd.OutOrStdout(), list, nextTime, style(cmd.OutOrStdout()))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func nextTime(cron string) time.Time {
	times, err := queue.Next(cron, time.Now(), 1)
	if err != nil {
		return time.Time{}
	}
	return times[0]
}

func scheduleRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "End a schedule; jobs that it submitted stay",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				return box.RemoveSchedule(ctx, results.Person{}, args[0])
			})
		},
	}
}

func scheduleRunCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run-now NAME",
		Short: "Submit a schedule's order at once",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				job, err := box.RunNow(ctx, results.Person{}, args[0], "")
				if err != nil {
					return err
				}
				fmt.Fprintln(os.Stderr, submitted(job))
				_, err = fmt.Fprintln(cmd.OutOrStdout(), job.ID)
				return err
			})
		},
	}
}
