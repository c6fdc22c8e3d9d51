package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/results/export"
)

func exportCommand() *cobra.Command {
	var db, format, output string
	cmd := &cobra.Command{
		Use:         "export RUN",
		Annotations: ofBoxes,
		GroupID:     "keep",
		Short:       "Write a run's samples for other tools",
		Example:     "  perfrun export latest --format csv -o samples.csv\n  perfrun export latest --format benchfmt | benchstat -col side /dev/stdin",
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := openRecord(cmd, db, args[0])
			if err != nil {
				return err
			}
			return writeTo(cmd, output, func(w io.Writer) error { return export.Write(w, format, record) })
		},
	}
	cmd.Flags().StringVar(&format, "format", "json", strings.Join(export.Names(), ", "))
	cmd.Flags().StringVarP(&output, "output", "o", "-", "`FILE` to write, - for standard output")
	addDB(cmd, &db)
	return cmd
}
