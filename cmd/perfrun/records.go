package main

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/server"
)

// records are runs and what is known of them: of this machine, or of a box.
type records interface {
	server.Records
	io.Closer
}

// openReader opens for looking: the database of the box that is named, or the one on
// this machine that the flag, or the environment, names.
func openReader(cmd *cobra.Command, db string) (records, error) {
	address, err := boxAddress(cmd, db)
	if err != nil {
		return nil, err
	}
	if address != nil {
		return dialBox(*address)
	}
	return openLocal(cmd.Context(), db)
}

// openLocal opens the database on this machine for looking.
func openLocal(ctx context.Context, db string) (*store.Store, error) {
	path, err := dbPath(db)
	if err != nil {
		return nil, err
	}
	return store.OpenReadOnly(ctx, path)
}

// openWriter opens it for changes, and makes it where there is none.
func openWriter(ctx context.Context, db string) (*store.Store, error) {
	path, err := dbPath(db)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, path)
}

// openRecord reads the run that ref names.
func openRecord(cmd *cobra.Command, db, ref string) (*results.Record, error) {
	reader, err := openReader(cmd, db)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	id, err := reader.Resolve(cmd.Context(), ref)
	if err != nil {
		return nil, err
	}
	return reader.Record(cmd.Context(), id)
}

// style fits tables to where they are printed.
func style(out io.Writer) reports.TableStyle {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return reports.TableStyle{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 80
	}
	return reports.TableStyle{Width: width, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// comparisonsJSON is what --json prints.
type comparisonsJSON struct {
	Run         string               `json:"run"`
	State       results.State        `json:"state"`
	Comparisons []verdict.Comparison `json:"comparisons"`
}

// printComparisons prints verdicts to standard output, for people or machines.
func printComparisons(cmd *cobra.Command, record *results.Record, comparisons []verdict.Comparison, asJSON bool) error {
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, comparisonsJSON{record.Run.ID, record.Run.State, comparisons})
	}
	return reports.Table(out, comparisons, style(out))
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// openPage reads what the page of the run that ref names shows; what other hosts say of
// the same commits only where hosts is set.
func openPage(cmd *cobra.Command, db, ref string, hosts bool) (reports.Page, error) {
	ctx := cmd.Context()
	reader, err := openReader(cmd, db)
	if err != nil {
		return reports.Page{}, err
	}
	defer reader.Close()
	id, err := reader.Resolve(ctx, ref)
	if err != nil {
		return reports.Page{}, err
	}
	record, err := reader.Record(ctx, id)
	if err != nil {
		return reports.Page{}, err
	}
	tallies, err := reader.Alarms(ctx, record.Run.Suite)
	if err != nil {
		return reports.Page{}, err
	}
	p := reports.Page{Record: record, Comparisons: verdict.Judge(record), Generator: "perfrun " + version}
	if hosts {
		p.Beside, err = otherHosts(ctx, reader, record.Run)
		if len(p.Beside) > 0 && err == nil {
			p.Prices, err = pricesOf(nil)
		}
		if err != nil {
			return reports.Page{}, err
		}
	}
	host := results.FactOf(record.Run.Env, "host.name")
	for i, t := range tallies {
		if t.Suite == record.Run.Suite && t.Host == host {
			p.Tally = &tallies[i]
		}
	}
	return p, nil
}

// otherHosts reads what hosts of other classes measured of a run's two commits.
func otherHosts(ctx context.Context, reader records, run results.Run) (hosts []reports.Hosted, err error) {
	runs, err := reader.Runs(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, twin := range twinsOf(runs, run, run.Class) {
		if twin.Class == run.Class || run.Base.Dirty || run.Head.Dirty {
			continue
		}
		record, err := reader.Record(ctx, twin.ID)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, reports.Hosted{Class: twin.Class, Record: record, Comparisons: verdict.Judge(record)})
	}
	return hosts, nil
}
