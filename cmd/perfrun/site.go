package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/reports/words"
)

// siteFlags are what site is told.
type siteFlags struct{ db, output, commits, name, repo, releases string }

func siteCommand() *cobra.Command {
	var f siteFlags
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
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.write(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "perfrun-site", "`FOLDER` to write")
	addCommits(cmd, &f.commits)
	flags.StringVar(&f.name, "name", "", "what the installation is called on every page (default: web.name in the configuration)")
	flags.StringVar(&f.repo, "repo", "", "the repository whose tags are releases: `PATH` or URL (default: those in the configuration)")
	flags.StringVar(&f.releases, "releases", "v*", "which tags are releases: `PATTERN`; web.releases in the configuration goes before the default")
	addDB(cmd, &f.db)
	return cmd
}

// addCommits adds the flag of what writes pages with commits on them.
func addCommits(cmd *cobra.Command, commits *string) {
	cmd.Flags().StringVar(commits, "commits", "", "address of a commit's page, with %s for its revision: `URL` (default: web.commits in the configuration)")
}

func (f *siteFlags) write(cmd *cobra.Command) error {
	reader, err := openLocal(cmd.Context(), f.db)
	if err != nil {
		return err
	}
	defer reader.Close()
	options, err := f.options(cmd)
	if err != nil {
		return err
	}
	collectSeldom()
	bar := newProgress(os.Stderr)
	if err := site.New(reader, options).Write(cmd.Context(), &siteFolder{path: f.output}, bar.written); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote "+f.output+"/index.html")
	return nil
}

// options are what the pages have in common: what flags do not say, the configuration
// does, as it does for the pages of a daemon.
func (f *siteFlags) options(cmd *cobra.Command) (site.Options, error) {
	c, err := pagesConfig()
	if err != nil {
		return site.Options{}, err
	}
	if cmd.Flags().Changed("releases") || c.Web.Releases == "" {
		c.Web.Releases = f.releases
	}
	prices, err := pricesOf(nil)
	if err != nil {
		return site.Options{}, err
	}
	options := site.Options{Name: cmp.Or(f.name, c.Web.Name), Commits: cmp.Or(f.commits, c.Web.Commits), Prices: prices, Generator: "perfrun " + version, Warn: unread}
	if f.repo != "" {
		options.Releases, err = tagsOf(cmd.Context(), f.repo, c.Web.Releases)
		return options, err
	}
	cache, err := cacheDir()
	options.Releases = releasesOf(cmd.Context(), c, copiesIn(cache))
	return options, err
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
