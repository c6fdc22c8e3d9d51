package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("make folder for manual pages: %w", err)
			}
			header := &doc.GenManHeader{Title: "PERFRUN", Section: "1", Source: "perfrun " + version, Manual: "perfrun"}
			return doc.GenManTree(cmd.Root(), header, args[0])
		},
	}
}
