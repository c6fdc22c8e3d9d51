package site

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// Options are what the pages of one installation have in common.
type Options struct {
	Name      string            // of the installation, in every title
	Commits   string            // address of a commit's page, with %s for its revision; empty: no links
	Releases  map[string]string // revision of a release -> its name
	Prices    reports.Prices    // what an hour on a host of each class costs; may be nil
	Live      Live              // nil for a written site
	Generator string            // name and version of the program that makes the pages

	Warn func(part string, err error) // told what cannot be read, from several goroutines; nil: nobody is
}

// Site makes documents from a source. It is safe for concurrent use.
type Site struct {
	source   Source
	options  Options
	shelf    memo[catalogue]
	front    memo[OverviewModel]
	stood    stood
	ledger   memo[entries]
	tallies  memo[tallied]
	floors   floors
	played   played
	looked   looked
	drawings drawings
	room     room
}

// New returns the site of a source.
func New(source Source, options Options) *Site {
	if options.Name == "" {
		options.Name = "perfrun"
	}
	return &Site{source: source, options: options}
}

// maker makes the page of one kind: name is the rest of the address without its
// extension.
type maker func(s *Site, ctx context.Context, name string, query url.Values) (page, error)

// makers are the pages by the first part of their address.
var makers = map[string]maker{
	"index":    (*Site).overview,
	"sure":     (*Site).sure,
	"compare":  (*Site).compare,
	"runs":     (*Site).run,
	"suites":   (*Site).suite,
	"history":  (*Site).history,
	"machines": (*Site).machine,
}

// Document makes what stands at an address, which is relative to the site's root:
// "index.html", "history/KEY.csv". The error is fs.ErrNotExist where there is none, and a
// *results.Problem where the query is wrong.
func (s *Site) Document(ctx context.Context, address string, query url.Values) (Document, error) {
	switch address {
	case "feed.atom":
		return s.feed(ctx)
	case "summary.json":
		address = "index.json"
	}
	if rest, found := strings.CutPrefix(address, "assets/"); found {
		return asset(rest)
	}
	extension := path.Ext(address)
	bare := strings.TrimSuffix(address, extension)
	kind, name, _ := strings.Cut(bare, "/")
	if kind == "runs" && extension != ".html" && !strings.Contains(name, "/") {
		return s.rawRun(ctx, name, extension)
	}
	p, err := s.page(ctx, bare, query)
	if err != nil {
		return Document{}, err
	}
	return s.render(p, extension)
}

// page makes the page at an address without its extension.
func (s *Site) page(ctx context.Context, bare string, query url.Values) (page, error) {
	kind, name, _ := strings.Cut(bare, "/")
	make, known := makers[kind]
	if !known || path.Clean(bare) != bare {
		return page{}, fmt.Errorf("%s: %w", words.Plain(bare), fs.ErrNotExist)
	}
	p, err := make(s, ctx, name, query)
	p.bare = bare
	return p, err
}

// Edition numbers what documents are made from.
func (s *Site) Edition(ctx context.Context) (results.Edition, error) { return s.source.Edition(ctx) }

// Name is what the installation is called.
func (s *Site) Name() string { return s.options.Name }
