package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
)

func reportCommand() *cobra.Command {
	var db, output string
	cmd := &cobra.Command{
		Use:         "report RUN",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Write a run's page: one HTML file that needs nothing else",
		Example:     "  perfrun report latest -o run.html\n  perfrun report latest -o - | less",
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := openPage(cmd, db, args[0])
			if err != nil {
				return err
			}
			if output == "" {
				output = "perfrun-" + page.Record.Run.ID + ".html"
			}
			write := func(w io.Writer) error { return reports.HTML(w, page) }
			return writeTo(cmd, output, write)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write, - for standard output (default perfrun-RUN.html)")
	addDB(cmd, &db)
	return cmd
}

// writeTo writes a file whole or not at all, and says where it is; - is standard
// output.
func writeTo(cmd *cobra.Command, path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(cmd.OutOrStdout())
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".perfrun-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(file.Name()) // gone by its name after the rename
	if err := write(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.Chmod(0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fmt.Fprintln(os.Stderr, "wrote "+path)
	return nil
}
