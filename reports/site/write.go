package site

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/results"
)

// Folder is where a site is written.
type Folder interface {
	Begin(addresses []string) error // before the first file: all that will be written
	Put(address string, body []byte) error
	End() error // after the last file
}

// Write writes every document of the site. done is called after each page, one at a time,
// with how many files are written. Every page opens from disk. Put is called from several
// goroutines.
func (s *Site) Write(ctx context.Context, to Folder, done func(written, all int)) error {
	all, err := s.addresses(ctx)
	if err != nil {
		return err
	}
	if err := to.Begin(all); err != nil {
		return err
	}
	if err := s.writeAll(ctx, to, all, done); err != nil {
		return err
	}
	return to.End()
}

func (s *Site) writeAll(ctx context.Context, to Folder, all []string, done func(written, all int)) error {
	var mu sync.Mutex
	written := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0) + 1) // one more: some wait for the disk
	for _, some := range together(all) {
		group.Go(func() error {
			if err := s.writeForms(ctx, to, some); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			written += len(some)
			done(written, len(all))
			return nil
		})
	}
	return group.Wait()
}

// together puts the forms of one page, which follow each other, into one list.
func together(all []string) (groups [][]string) {
	last := ""
	for _, address := range all {
		bare := strings.TrimSuffix(address, filepath.Ext(address))
		if bare != last || len(groups) == 0 {
			groups = append(groups, nil)
		}
		last = bare
		groups[len(groups)-1] = append(groups[len(groups)-1], address)
	}
	return groups
}

// writeForms writes the forms of a page, which is made once.
func (s *Site) writeForms(ctx context.Context, to Folder, forms []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	render, err := s.renderer(ctx, forms[0])
	if damaged(ctx, err) {
		render, err = s.sorry(forms[0], err), nil
	}
	if err != nil {
		return fmt.Errorf("make %s: %w", forms[0], err)
	}
	for _, address := range forms {
		d, err := render(address)
		if damaged(ctx, err) {
			d, err = s.sorry(address, err)(address)
		}
		if err == nil {
			err = to.Put(address, d.Body)
		}
		if err != nil {
			return fmt.Errorf("make %s: %w", address, err)
		}
	}
	return nil
}

// sorry makes every form of a page that cannot be made: the others are written all the
// same.
func (s *Site) sorry(address string, why error) func(address string) (Document, error) {
	bare := strings.TrimSuffix(address, filepath.Ext(address))
	p := s.unreadable(bare, whatOf(bare), why)
	return func(address string) (Document, error) { return s.render(p, filepath.Ext(address)) }
}

// renderer reads what all forms of a page are made from, and returns what makes one.
func (s *Site) renderer(ctx context.Context, first string) (func(address string) (Document, error), error) {
	bare := strings.TrimSuffix(first, filepath.Ext(first))
	kind, name, _ := strings.Cut(bare, "/")
	switch kind {
	case "assets", "feed", "summary":
		return func(address string) (Document, error) { return s.Document(ctx, address, nil) }, nil
	case "runs":
		record, err := s.record(ctx, name)
		return func(address string) (Document, error) {
			if form, raw := rawForms[filepath.Ext(address)]; raw {
				return rawOf(record, form.format, form.media)
			}
			p, err := s.runOf(ctx, record, name, "", false)
			if err != nil {
				return Document{}, err
			}
			return s.render(p, filepath.Ext(address))
		}, err
	}
	p, err := s.page(ctx, bare, nil)
	return func(address string) (Document, error) { return s.render(p, filepath.Ext(address)) }, err
}

// addresses lists every document of a written site: histories first, because what they
// read says what became of the steps that other pages list.
func (s *Site) addresses(ctx context.Context) ([]string, error) {
	shelf, err := s.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := s.source.Runs(ctx, 0)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	lanes, err := s.lanes(ctx)
	r.part("lanes", err)
	offers, err := s.offers(ctx)
	r.part("offers", err)
	if _, err := r.end(); err != nil {
		return nil, err
	}
	all := append(shelfAddresses(shelf, lanes), runAddresses(runs)...)
	for _, o := range offers {
		all = append(all, forms(strings.TrimSuffix(o.Page, ".html"), ".html", ".json", ".csv")...)
	}
	for _, page := range []string{"index", "sure"} {
		all = append(all, forms(page, ".html", ".json", ".csv")...)
	}
	return append(all, "compare.html", "compare.json", "feed.atom", "summary.json", "assets/site.css", "assets/site.js"), nil
}

func forms(bare string, extensions ...string) (list []string) {
	for _, e := range extensions {
		list = append(list, bare+e)
	}
	return list
}

func shelfAddresses(shelf catalogue, lanes []lane) (all []string) {
	suites := map[string]int{}
	for _, suite := range shelf.suites {
		suites[suite.Name] = max(1, (len(suite.Groups)+multiples-1)/multiples)
		for _, g := range suite.Groups {
			all = append(all, forms("history/"+g.Key, ".html", ".json", ".csv")...)
		}
	}
	for _, suite := range suitesOf(lanes) {
		suites[suite] = max(1, suites[suite])
	}
	for suite, parts := range suites {
		for part := range parts {
			all = append(all, forms(strings.TrimSuffix(partAddress(suite, part+1), ".html"), ".html", ".json", ".csv")...)
		}
	}
	for _, class := range classesOf(shelf, lanes) {
		all = append(all, forms(strings.TrimSuffix(machineAddress(class), ".html"), ".html", ".json", ".csv")...)
	}
	return all
}

func runAddresses(runs []results.Run) (all []string) {
	for _, r := range runs {
		all = append(all, forms("runs/"+runName(r.ID), ".html", ".json", ".csv", ".txt")...)
	}
	return all
}
