// Command perfrun measures whether one commit of a project is slower than
// another, and says so only when it is sure.
//
// This package is the command line and nothing else: one file a verb, which reads
// flags, wires the packages below and prints. What a verb does is theirs. Results
// go to standard output, everything else to standard error, and exit.go holds the
// one table of exit codes.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker (see Makefile).
var version = "unversioned"

// errInterrupted is why the context ends when a person stops the program.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, stop := interruptible()
	cmd, begun := root(), false
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		begun = true
		return checkBox(cmd)
	}
	err := cmd.ExecuteContext(ctx)
	stop()
	if err != nil && !begun { // cobra's own errors have no type
		err = usage(err)
	}
	os.Exit(report(err))
}

// interruptible returns a context that a first signal ends; after that signals
// have their usual effect, so that a second Ctrl-C kills.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as nohup(1) has it
			signal.Notify(signals, s)
		}
	}
	go func() {
		<-signals
		signal.Stop(signals)
		cancel(errInterrupted)
	}()
	return ctx, func() { cancel(nil) }
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "perfrun",
		Short: "Measure a commit against its base, and believe the answer",
		Long: `perfrun builds two commits of a project side by side, executes its benchmarks
in random order with a fresh process each, keeps every sample, and says for each
benchmark whether it became slower, faster, neither, or that it cannot tell.

Exit codes: 0 no regression, 1 regression, 2 bad usage or bad input,
3 cannot tell (only with --strict), 4 the run failed or gives no verdict or the
machine is not ready, 5 the box cannot be reached, 130 interrupted.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	addBox(cmd)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	cmd.AddGroup(
		&cobra.Group{ID: "measure", Title: "Measure:"},
		&cobra.Group{ID: "box", Title: "Order runs of a box:"},
		&cobra.Group{ID: "machine", Title: "Look after the machine:"},
		&cobra.Group{ID: "look", Title: "Look at what was measured:"},
		&cobra.Group{ID: "keep", Title: "Keep it:"},
	)
	cmd.AddCommand(
		runCommand(), recordCommand(), initCommand(), schemaCommand(),
		submitCommand(), queueCommand(), logsCommand(), waitCommand(), cancelCommand(), retryCommand(), pushCommand(), scheduleCommand(), accessCommand(),
		ciCommand(), serveCommand(), dialStdioCommand(), boxCommand(), tunnelCommand(),
		doctorCommand(), calibrateCommand(), simulateCommand(), quietCommand(), lockCommand(),
		listCommand(), showCommand(), compareCommand(), hostsCommand(), historyCommand(), replayCommand(), reportCommand(), siteCommand(), openCommand(),
		exportCommand(), importCommand(), dbCommand(), acceptCommand(),
		versionCommand(), manCommand(), samplerCommand(), guardCommand(),
	)
	return cmd
}
