package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/reports/words"
)

func siteCommand() *cobra.Command {
	var db, output, commits, name, repo, releases string
	cmd := &cobra.Command{
		Use:     "site",
		GroupID: "look",
		Short:   "Write all pages into a folder: what got slower, since when, and how sure that is",
		Long: `Site writes every page into a folder that needs no server: overview, suites, runs,
histories, machines, comparisons, a feed, and the same as data. It opens from disk.
Called again it brings the folder up to date. What is damaged in the database is named,
its pages say so, and all others are written.`,
		Example: "  perfrun site -o pages\n  perfrun site -o pages --commits https://github.com/acme/db/commit/%s",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			reader, err := openLocal(cmd.Context(), db)
			if err != nil {
				return err
			}
			defer reader.Close()
			tags, err := tagsOf(cmd.Context(), repo, releases)
			if err != nil {
				return err
			}
			collectSeldom()
			bar := newProgress(os.Stderr)
			pages := site.New(reader, site.Options{Name: name, Commits: commits, Releases: tags, Generator: "perfrun " + version, Warn: unread})
			if err := pages.Write(cmd.Context(), &siteFolder{path: output}, bar.written); err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "wrote "+output+"/index.html")
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "perfrun-site", "`FOLDER` to write")
	flags.StringVar(&commits, "commits", "", "address of a commit's page, with %s for its revision: `URL`")
	flags.StringVar(&name, "name", "", "what the installation is called on every page")
	flags.StringVar(&repo, "repo", "", "the repository whose tags are releases: `PATH` or URL")
	flags.StringVar(&releases, "releases", "v*", "which tags of --repo are releases: `PATTERN`")
	addDB(cmd, &db)
	return cmd
}

// collectSeldom lets garbage lie: what is made from one page is of no use to the next, and
// there is room. Near the limit it is collected as ever.
func collectSeldom() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(384 << 20)
}

// unread tells of a part of a page in whose place the page says so.
func unread(part string, err error) {
	fmt.Fprintf(os.Stderr, "%s cannot be read, and its page says so: %s\n", words.Plain(part), words.Plain(err.Error()))
}

// tagsOf are the releases of a repository, by their commits; none where none is named.
func tagsOf(ctx context.Context, repo, pattern string) (map[string]string, error) {
	if repo == "" || pattern == "" {
		return nil, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	mirror, err := source.Open(ctx, cache, repo)
	if err != nil {
		return nil, err
	}
	defer mirror.Close()
	return mirror.Tags(ctx, pattern)
}

// written shows how far the writing of a site is.
func (p *progress) written(done, all int) { p.part(done, all, "files") }
