package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/sampler"
)

// samplerCommand is the inner half of the sampler, started by perfrun itself.
func samplerCommand() *cobra.Command {
	var probe bool
	cmd := &cobra.Command{
		Use:    "sampler",
		Short:  "Launch benchmarks as told on standard input",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if probe {
				return awaitTerm()
			}
			return sampler.Serve(os.Stdin, os.Stdout)
		},
	}
	cmd.Flags().BoolVar(&probe, "probe", false, "only wait to be looked at and told to end")
	return cmd
}

// awaitTerm is a benchmark that does nothing until it is told to end, so that
// its CPUs can be read from the host.
func awaitTerm() error {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	<-told
	return nil
}
