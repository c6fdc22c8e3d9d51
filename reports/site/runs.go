package site

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/verdict"
)

// manyBenchmarks is from how many on the live pages give each benchmark of a run a page of
// its own. A written site holds what fits on the run's.
const manyBenchmarks = 30

// run is the page of one run, the same as perfrun report writes, or that of one of its
// benchmarks.
func (s *Site) run(ctx context.Context, name string, _ url.Values) (page, error) {
	id, bench, one := strings.Cut(name, "/")
	record, err := s.record(ctx, id)
	if damaged(ctx, err) {
		return s.unreadable("runs/"+name, "run "+id, err), nil
	}
	if err != nil {
		return page{}, err
	}
	return s.runOf(ctx, record, name, bench, one)
}

// runOf is the page of a run that was read.
func (s *Site) runOf(ctx context.Context, record *results.Record, name, bench string, one bool) (page, error) {
	id, _, _ := strings.Cut(name, "/")
	p, whole, err := s.runPage(ctx, record, strings.Repeat("../", 1+strings.Count(name, "/")))
	if err != nil {
		return page{}, err
	}
	many := s.options.Live != nil && len(record.Run.Bench) > manyBenchmarks
	var b bytes.Buffer
	switch i := slices.IndexFunc(record.Run.Bench, func(b results.Benchmark) bool { return key(b.Name) == bench }); {
	case one && i < 0:
		return page{}, missing("runs/" + name)
	case one:
		err = reports.BenchHTML(&b, p, record.Run.Bench[i].Name)
	case many:
		p.BenchHref = func(benchmark string) string { return id + "/" + key(benchmark) + ".html" }
		fallthrough
	default:
		err = reports.HTML(&b, p)
	}
	return page{title: words.Plain(record.Run.ID), whole: b.Bytes(), holds: holdsRun(record.Run, whole), at: record.Run.Finished}, err
}

// holdsRun is for how long something of a run holds: a moment while it goes on, or where
// not all of it could be read. What was found may still be concluded after its end.
func holdsRun(run results.Run, whole bool) Holds {
	if run.State.Final() && whole {
		return HoldsFindings
	}
	return HoldsAMoment
}

// runPage is what a page of a run shows, with the ways back to the site; whole says whether
// all of that could be read.
func (s *Site) runPage(ctx context.Context, record *results.Record, root string) (p reports.Page, whole bool, err error) {
	run := record.Run
	p = reports.Page{Record: record, Comparisons: verdict.Judge(record), Generator: s.options.Generator, RepositoryURL: s.options.Commits, Prices: s.options.Prices}
	if err := s.addLinks(ctx, &p, root); err != nil {
		return p, false, err
	}
	tallies, err := s.alarms(ctx)
	whole = err == nil
	if damaged(ctx, err) {
		s.warn("alarms", err) // the page has no place for them where there are none
		err = nil
	}
	host := results.FactOf(run.Env, "host.name")
	if i := slices.IndexFunc(tallies, func(t results.AlarmTally) bool { return t.Suite == run.Suite && t.Host == host }); i >= 0 {
		p.Tally = &tallies[i]
	}
	if err != nil {
		return p, false, err
	}
	p.Beside, err = s.beside(ctx, run)
	if damaged(ctx, err) {
		s.warn("beside", err)
		p.Record, whole, err = noted(record, results.Fact{Name: "beside other hosts", Value: "cannot be read: " + why(err)}), false, nil
	}
	return p, whole, err
}

// noted is a record with one more note of its run.
func noted(record *results.Record, note results.Fact) *results.Record {
	more := *record
	more.Run.Notes = append(slices.Clone(record.Run.Notes), note)
	return &more
}

// addLinks leads from the page of a run to what else the site has of it. They are relative
// to root, which leads back to the site's.
func (s *Site) addLinks(ctx context.Context, p *reports.Page, root string) error {
	run := p.Record.Run
	for _, l := range navigation {
		p.Nav = append(p.Nav, reports.Link{Text: l.Name, URL: root + l.Href})
	}
	p.Feed = root + "feed.atom"
	p.Nav = append(
		p.Nav, reports.Link{Text: "Feed", URL: p.Feed},
		reports.Link{Text: suiteWord(run.Suite), URL: root + suiteAddress(run.Suite)}, reports.Link{Text: "Machine", URL: root + machineAddress(run.Class)},
	)
	for _, form := range []link{{"JSON", ".json"}, {"CSV", ".csv"}, {"benchfmt", ".txt"}} {
		p.Forms = append(p.Forms, reports.Link{Text: form.Name, URL: root + "runs/" + runName(run.ID) + form.Href})
	}
	shelf, err := s.catalogue(ctx)
	p.HistoryHref = func(benchmark string, metric results.Metric) string {
		if address := shelf.historyOf(run, benchmark, metric); address != "" {
			return root + address
		}
		return ""
	}
	return err
}

// historyOf is the address of the history that a run's measurements are part of: on the
// branch of its head, else on that of its base; empty where there is none.
func (c catalogue) historyOf(run results.Run, benchmark string, metric results.Metric) string {
	for _, commit := range []results.Commit{run.Head, run.Base} {
		series := results.Series{Suite: run.Suite, Branch: commit.Branch, Benchmark: benchmark, Metric: metric}
		if _, known := c.histories[historyKey(series)]; known {
			return historyAddress(series)
		}
	}
	return ""
}

// beside is what hosts of other classes say of the same commits: the newest run of each
// that can be read.
func (s *Site) beside(ctx context.Context, run results.Run) (hosts []reports.Hosted, err error) {
	if run.Kind != results.Comparison || run.Base.Dirty || run.Head.Dirty {
		return nil, nil
	}
	twins, err := s.source.Twins(ctx, run.Suite, run.Base.Rev, run.Head.Rev)
	seen := map[string]bool{run.Class: true}
	for _, twin := range twins {
		if seen[twin.Class] {
			continue
		}
		record, bad := s.source.Record(ctx, twin.ID)
		if bad != nil {
			err = cmp.Or(err, bad)
			continue
		}
		seen[twin.Class] = true
		hosts = append(hosts, reports.Hosted{Class: twin.Class, Record: record, Comparisons: verdict.Judge(record)})
	}
	return hosts, err
}

// rawForms are a run's samples in the forms that other tools read, by the extension of
// the address.
var rawForms = map[string]struct{ format, media string }{
	".json": {"json", "application/json"},
	".csv":  {"csv", "text/csv; charset=utf-8"},
	".txt":  {"benchfmt", "text/plain; charset=utf-8"},
}

func (s *Site) rawRun(ctx context.Context, name, extension string) (Document, error) {
	form, known := rawForms[extension]
	if !known {
		return Document{}, missing("runs/" + name + extension)
	}
	record, err := s.record(ctx, name)
	if damaged(ctx, err) {
		return s.render(s.unreadable("runs/"+name, "run "+name, err), extension)
	}
	if err != nil {
		return Document{}, err
	}
	return rawOf(record, form.format, form.media)
}

func rawOf(record *results.Record, format, media string) (Document, error) {
	var b bytes.Buffer
	err := export.Write(&b, format, record)
	return Document{Type: media, Body: b.Bytes(), Holds: holdsRun(record.Run, true), At: record.Run.Finished}, err
}

// record finds the run of an address.
func (s *Site) record(ctx context.Context, name string) (*results.Record, error) {
	record, err := s.source.Record(ctx, name)
	if err == nil && record.Run.ID == name { // latest and short names have no page of their own
		return record, nil
	}
	if err != nil && !isNone(err) {
		return nil, err
	}
	ids, err := s.source.OddIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids { // from a file that somebody wrote
		if runName(id) == name && id != name {
			return s.source.Record(ctx, id)
		}
	}
	return nil, missing("runs/" + name)
}

// isNone reports whether an error says that there is no such run.
func isNone(err error) bool {
	problem, is := errors.AsType[*results.Problem](err)
	return is && problem.Kind == results.BadInput
}
