package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/results/verdict"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and those of the libraries that verdicts depend on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "perfrun %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			for _, fact := range verdict.Methods() {
				fmt.Fprintf(out, "%s %s\n", fact.Name, fact.Value)
			}
			return nil
		},
	}
}
