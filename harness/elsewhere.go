package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/table"
	"mtrlz.dev/perfrun/results/verdict"
)

// Elsewhere is a history that another tool measured: one value for each commit and
// series. It becomes points as runs make them, so that it can be looked at and be the
// past of what is measured here.
type Elsewhere struct {
	Name   string // of the file it comes from
	Suite  string
	Branch string
	Class  string // of the hosts
	Unit   string
	Better results.Direction
	Series []table.Series
	At     time.Time // when it is taken in
}

// TakeIn stores the history, one run of kind elsewhere for each commit, and then
// announces the steps that each series shows as a whole, if their interval excludes zero:
// all of the past is known at once, and nobody waits for the next point. It can be
// repeated, and goes on where it was cut off. said is called after each commit.
func (e Elsewhere) TakeIn(ctx context.Context, store Store, said func(done, all int)) (commits int, err error) {
	rows := e.rows()
	for i, row := range rows {
		if err := e.takeIn(ctx, store, i, row); err != nil {
			return i, fmt.Errorf("row %d: %w", i+1, err)
		}
		said(i+1, len(rows))
	}
	return len(rows), e.announce(ctx, store)
}

// announce looks at every series once, several at a time.
func (e Elsewhere) announce(ctx context.Context, store Store) error {
	known, err := store.Steps(ctx, e.Suite)
	if err != nil {
		return err
	}
	found, looks := make([][]results.Step, len(e.Series)), make([]results.LookBack, len(e.Series))
	group, limited := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range e.Series {
		group.Go(func() error {
			series := e.series(s.Name)
			h, err := store.History(limited, series)
			t := verdict.TimelineOf(h, known, nil)
			looks[i] = t.Search()
			found[i] = e.steps(t, looks[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return errors.Join(store.Announce(ctx, slices.Concat(found...)), store.KeepLookBacks(ctx, looks))
}

// steps are those of a timeline that were not announced before.
func (e Elsewhere) steps(t *verdict.Timeline, look results.LookBack) (steps []results.Step) {
	t.LookBackBy(look)
	for _, s := range t.Steps {
		if s.State != verdict.StateEmerging || s.Index < 0 || s.Low <= 0 && s.High >= 0 {
			continue
		}
		runs := t.Moments[s.Index].Runs
		steps = append(steps, results.Step{
			Series: t.Series, Environment: t.EnvironmentOf(s.Index), Good: s.Good, Bad: s.Bad, Change: s.Change, Low: s.Low, High: s.High,
			Before: s.Before, After: s.After, Source: results.FromHistory, Run: runs[len(runs)-1], Announced: e.At,
		})
	}
	return steps
}

func (e Elsewhere) series(name string) results.Series {
	return results.Series{Suite: e.Suite, Branch: e.Branch, Class: e.Class, Benchmark: name, Metric: results.Metric{Name: "value", Unit: e.Unit, Better: e.Better}}
}

// elsewhereRow is what all series say of one commit.
type elsewhereRow struct {
	commit string // empty: the table names none
	values []elsewhereValue
}

type elsewhereValue struct {
	series      string
	environment string
	value       float64
}

// rows puts the values of each commit together, in the order in which the first series
// that has it does.
func (e Elsewhere) rows() (rows []*elsewhereRow) {
	at := map[string]*elsewhereRow{}
	for _, s := range e.Series {
		for i, v := range s.Values {
			commit, environment := "", ""
			if len(s.Commits) > 0 {
				commit = s.Commits[i]
			}
			if len(s.Environments) > 0 {
				environment = s.Environments[i]
			}
			name := commit
			if name == "" {
				name = fmt.Sprintf("\x00%d", i)
			}
			if at[name] == nil {
				at[name] = &elsewhereRow{commit: commit}
				rows = append(rows, at[name])
			}
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				at[name].values = append(at[name].values, elsewhereValue{s.Name, environment, v})
			}
		}
	}
	return rows
}

func (e Elsewhere) takeIn(ctx context.Context, store Store, i int, row *elsewhereRow) error {
	run := e.run(i, row)
	if err := store.SaveRun(ctx, run); err != nil {
		return err
	}
	return store.AddPoints(ctx, run.ID, e.points(run, row))
}

// points are one of each series: a commit that the table names several times was measured
// several times. What it says of another environment before is left out: no median can be
// of two.
func (e Elsewhere) points(run results.Run, row *elsewhereRow) (points []results.Point) {
	values, at := map[string][]float64{}, map[string]string{}
	var order []string
	for _, v := range row.values {
		if at[v.series] != v.environment || values[v.series] == nil {
			if values[v.series] == nil {
				order = append(order, v.series)
			}
			values[v.series], at[v.series] = nil, v.environment
		}
		values[v.series] = append(values[v.series], v.value)
	}
	for _, name := range order {
		low, middle, high := verdict.Middle(values[name])
		points = append(points, results.Point{
			Series: e.series(name), Run: run.ID, Side: results.Head, Commit: run.Head, Environment: digest("environment", at[name])[:16],
			Value: middle, Low: low, High: high, N: len(values[name]),
		})
	}
	return points
}

// run stands for one commit. Its id follows from what it holds, so that the same table
// taken in twice is there once.
func (e Elsewhere) run(i int, row *elsewhereRow) results.Run {
	commit := results.Commit{Rev: row.commit, Asked: row.commit, Branch: e.Branch}
	if commit.Rev == "" { // a name of its own, and words that say what it is
		commit.Rev, commit.Subject = digest(e.Suite, e.Class, fmt.Sprint(i))[:40], fmt.Sprintf("row %d of %s", i+1, e.Name)
	}
	at := e.At.Add(time.Duration(i)) // in the order of the table, where runs are listed by time
	return results.Run{
		ID: "elsewhere-" + digest(e.Suite, e.Branch, e.Class, commit.Rev)[:20], Kind: results.Elsewhere, State: results.Done, Suite: e.Suite, Class: e.Class,
		Base: commit, Head: commit, Created: at, Finished: at,
	}
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
