package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

func initCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "init",
		GroupID: "measure",
		Short:   "Write a commented perf.yml for this repository that runs as it is",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, kind, err := suite.Scaffold(os.DirFS(dir))
			if err != nil {
				return err
			}
			path := filepath.Join(dir, harness.DefaultSuite)
			if err := writeNew(path, text); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "wrote %s for %s; look it over, commit it, and try: perfrun run --base HEAD --head .\n", path, kind)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "repo", ".", "`DIR` of the repository")
	return cmd
}

// writeNew never replaces a file: it may be somebody's work.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return &results.Problem{Kind: results.BadInput, Where: path, What: "it exists already", Next: "edit it, or move it away first", Err: err}
	}
	if err == nil {
		_, err = file.Write(text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "schema [suite|config]",
		GroupID:   "measure",
		Short:     "Print the JSON schema of perf.yml, or of the machine's configuration, for editors",
		ValidArgs: []string{"suite", "config"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := suite.Schema
			if len(args) == 1 && args[0] == "config" {
				text = config.Schema
			}
			_, err := cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
