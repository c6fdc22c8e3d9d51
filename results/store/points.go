package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// AddPoints stores what a run says of the commits of a main branch, all of it or,
// with an error, none. What the run said before is replaced, so that the call can
// be repeated. Points of a run that does not end as done are never shown.
func (s *Store) AddPoints(ctx context.Context, runID string, points []results.Point) error {
	for _, p := range points {
		for _, v := range []float64{p.Value, p.Low, p.High} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("add points of run %s: %s has the value %v", runID, p.Series, v)
			}
		}
	}
	return s.writeWords(ctx, "add points of run "+runID, ofFindings, func(tx *sqlx.Tx, words lookup) error {
		run, err := numberOf(tx, runID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM points WHERE run = ?", run); err != nil {
			return err
		}
		values, err := pointValues(words, run, points)
		if err != nil {
			return err
		}
		return insertPoints.insert(tx, values)
	})
}

// writeWords is write for what names benchmarks and metrics.
func (s *Store) writeWords(ctx context.Context, doing string, c change, work func(*sqlx.Tx, lookup) error) error {
	s.words.mu.Lock()
	defer s.words.mu.Unlock()
	var words lookup
	err := s.write(ctx, doing, c, func(tx *sqlx.Tx) error {
		words = s.words.begin(tx)
		return work(tx, words)
	})
	if err == nil {
		words.keep()
	}
	return err
}

const pointColumns = `series time run side environment value low high executions`

var insertPoints = newBulk("points", pointColumns)

// pointValues are the rows of points, one after the other.
func pointValues(words lookup, run int64, points []results.Point) ([]any, error) {
	values := make([]any, 0, len(points)*insertPoints.columns)
	for i := range points {
		p := &points[i]
		series, err := words.oneSeries(p.Series)
		if err != nil {
			return nil, err
		}
		environment, err := words.environment(p.Environment)
		if err != nil {
			return nil, err
		}
		when, err := instant(p.Commit.When).Value()
		if err != nil {
			return nil, err
		}
		if when == nil { // a commit without a date comes first
			when = int64(math.MinInt64)
		}
		values = append(values, series, when, run, p.Side == results.Head, environment, p.Value, p.Low, p.High, int64(p.N))
	}
	return values, nil
}

// numberOf returns the row number of the run of exactly this id.
func numberOf(tx *sqlx.Tx, id string) (int64, error) {
	var list []int64
	if err := tx.Select(&list, "SELECT num FROM runs WHERE id = ?", id); err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, noRun(id)
	}
	return list[0], nil
}

// seriesRow is a row of table series with its words.
type seriesRow struct {
	ID        int64  `db:"id"`
	Suite     string `db:"suite"`
	Branch    raw    `db:"branch"`
	Class     raw    `db:"class"`
	Benchmark raw    `db:"benchmark"`
	Case      raw    `db:"case_name"`
	Name      raw    `db:"name"`
	Unit      raw    `db:"unit"`
	Better    string `db:"better"`
}

const selectSeries = `SELECT s.id, s.suite, s.branch, s.class, b.name AS benchmark, m.case_name, m.name, m.unit, m.better
	FROM series s JOIN benchmarks b ON b.id = s.benchmark JOIN metrics m ON m.id = s.metric`

func (r seriesRow) series() results.Series {
	return results.Series{
		Suite: r.Suite, Branch: string(r.Branch), Class: string(r.Class), Benchmark: string(r.Benchmark),
		Metric: results.Metric{Case: string(r.Case), Name: string(r.Name), Unit: string(r.Unit), Better: results.Direction(r.Better)},
	}
}

// Series returns all series of a suite, or of every suite where it is empty, that
// have points, in no particular order. Where some cannot be read the others are there,
// beside a *results.Incomplete.
func (s *Store) Series(ctx context.Context, suite string) ([]results.Series, error) {
	var rows []seriesRow
	broken := 0
	err := s.read(ctx, "list series", func(tx *sqlx.Tx) (err error) {
		rows, broken, err = legible(tx, (*seriesRow).fields, selectSeries+` WHERE (? = '' OR s.suite = ?) AND EXISTS (SELECT 1 FROM points p
			JOIN runs r ON r.num = p.run WHERE p.series = s.id AND r.state = 'done')`, suite, suite)
		return err
	})
	return each(rows, seriesRow.series), incomplete(err, broken, "series")
}

func (r *seriesRow) fields() []any {
	return []any{&r.ID, &r.Suite, &r.Branch, &r.Class, &r.Benchmark, &r.Case, &r.Name, &r.Unit, &r.Better}
}

// pointRow is a row of table points with what its run knows of the commit.
type pointRow struct {
	Run         string  `db:"run"`
	Num         int64   `db:"num"`
	Head        bool    `db:"side"`
	Environment string  `db:"digest"`
	Value       float64 `db:"value"`
	Low         float64 `db:"low"`
	High        float64 `db:"high"`
	N           int     `db:"executions"`
	Rev         string  `db:"rev"`
	Subject     raw     `db:"subject"`
	Author      raw     `db:"author"`
	When        instant `db:"at"`
	Branch      raw     `db:"branch"`
}

const selectPoints = `SELECT r.id AS run, p.run AS num, p.side, e.digest, p.value, p.low, p.high, p.executions,
	CASE p.side WHEN 0 THEN r.base_rev ELSE r.head_rev END AS rev,
	CASE p.side WHEN 0 THEN r.base_subject ELSE r.head_subject END AS subject,
	CASE p.side WHEN 0 THEN r.base_author ELSE r.head_author END AS author,
	CASE p.side WHEN 0 THEN r.base_time ELSE r.head_time END AS at,
	CASE p.side WHEN 0 THEN r.base_branch ELSE r.head_branch END AS branch
	FROM points p JOIN runs r ON r.num = p.run JOIN environments e ON e.id = p.environment
	WHERE p.series = ? AND r.state = 'done'`

// Points returns the points of a series in the order of its commits' dates, and of
// one commit in the order in which runs were made.
func (s *Store) Points(ctx context.Context, series results.Series) ([]results.Point, error) {
	return s.points(ctx, series, "list points of "+series.String(), func(tx *sqlx.Tx, id int64) (rows []pointRow, err error) {
		return rows, tx.Select(&rows, selectPoints+" ORDER BY p.time, p.run, p.side", id)
	})
}

// RecentPoints is Points for the newest points of one environment, at most so
// many.
func (s *Store) RecentPoints(ctx context.Context, series results.Series, environment string, most int) ([]results.Point, error) {
	return s.points(ctx, series, "list recent points of "+series.String(), func(tx *sqlx.Tx, id int64) (rows []pointRow, err error) {
		return rows, tx.Select(&rows, "SELECT * FROM ("+selectPoints+` AND e.digest = ? ORDER BY p.time DESC, p.run DESC, p.side DESC LIMIT ?)
			ORDER BY at, num, side`, id, environment, most)
	})
}

func (s *Store) points(ctx context.Context, series results.Series, doing string, list func(*sqlx.Tx, int64) ([]pointRow, error)) (points []results.Point, err error) {
	err = s.read(ctx, doing, func(tx *sqlx.Tx) error {
		id, err := knownSeries(tx, series)
		if err != nil || id == 0 {
			return err
		}
		rows, err := list(tx, id)
		points = each(rows, func(r pointRow) results.Point { return r.point(series) })
		return err
	})
	return points, err
}

// knownSeries returns the number of a series; 0 for one that never was.
func knownSeries(tx *sqlx.Tx, s results.Series) (int64, error) {
	var list []int64
	m := s.Metric
	err := tx.Select(&list, `SELECT s.id FROM series s JOIN benchmarks b ON b.id = s.benchmark JOIN metrics m ON m.id = s.metric
		WHERE s.suite = ? AND s.branch = ? AND s.class = ? AND b.name = ? AND m.case_name = ? AND m.name = ? AND m.unit = ? AND m.better = ?`,
		s.Suite, raw(s.Branch), raw(s.Class), raw(s.Benchmark), raw(m.Case), raw(m.Name), raw(m.Unit), string(m.Better))
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0], nil
}

func (r pointRow) point(series results.Series) results.Point {
	side := results.Base
	if r.Head {
		side = results.Head
	}
	return results.Point{
		Series: series, Run: r.Run, Side: side, Environment: r.Environment, Value: r.Value, Low: r.Low, High: r.High, N: r.N,
		Commit: results.Commit{
			Rev: r.Rev, Subject: string(r.Subject), Author: string(r.Author), When: time.Time(r.When), Branch: string(r.Branch),
		},
	}
}
