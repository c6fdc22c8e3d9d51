package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func reportCommand() *cobra.Command {
	var db, output, only, commits string
	cmd := &cobra.Command{
		Use:         "report RUN",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Write a run's page: one HTML file that needs nothing else",
		Example:     "  perfrun report latest -o run.html\n  perfrun report latest -o - | less\n  perfrun report latest --only '^join$' -o join.html",
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := openPage(cmd, db, args[0], true)
			if err != nil {
				return err
			}
			if err := errors.Join(restrict(&page, only), linkCommits(&page, commits)); err != nil {
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
	cmd.Flags().StringVar(&only, "only", "", "only benchmarks whose name matches `REGEX`: a large run's page has no room for all samples")
	addCommits(cmd, &commits)
	addDB(cmd, &db)
	return cmd
}

// linkCommits makes the commits of a page links: as the flag says, else the
// configuration.
func linkCommits(page *reports.Page, commits string) error {
	page.RepositoryURL = commits
	if commits != "" {
		return nil
	}
	c, err := pagesConfig()
	page.RepositoryURL = c.Web.Commits
	return err
}

// restrict leaves out of a page what only does not match; empty: nothing.
func restrict(page *reports.Page, only string) error {
	if only == "" {
		return nil
	}
	wanted, err := regexp.Compile(only)
	if err != nil {
		return &results.Problem{Kind: results.BadInput, Where: "--only", What: err.Error(), Next: "give a regular expression in Go's syntax"}
	}
	all := page.Comparisons
	page.Only, page.Comparisons = only, slices.DeleteFunc(slices.Clone(all), func(c verdict.Comparison) bool { return !wanted.MatchString(c.Benchmark) })
	if len(page.Comparisons) == 0 && len(all) > 0 {
		return &results.Problem{Kind: results.BadInput, Where: "--only", What: "no benchmark of the run matches", Next: "perfrun compare lists them"}
	}
	return nil
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
