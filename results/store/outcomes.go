package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

const outcomeColumns = `run position benchmark metric verdict reason measured change low high base head base_n head_n min_effect noise_floor`

var insertOutcomes = newBulk("outcomes", outcomeColumns)

// SetOutcomes stores what a run concluded, and counts its verdicts with the run:
// all of it or, with an error, none. What was concluded before is replaced. Every
// number must be finite.
func (s *Store) SetOutcomes(ctx context.Context, runID string, list []results.Outcome) error {
	for _, o := range list {
		for _, v := range []float64{o.Change, o.Low, o.High, o.Base, o.Head, o.MinEffect, o.NoiseFloor} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("set outcomes of run %s: %s of benchmark %q has the value %v", runID, o.Metric, o.Benchmark, v)
			}
		}
	}
	return s.writeWords(ctx, "set outcomes of run "+runID, ofFindings, func(tx *sqlx.Tx, words lookup) error {
		run, err := numberOf(tx, runID)
		if err != nil {
			return err
		}
		return setOutcomes(tx, words, run, list)
	})
}

func setOutcomes(tx *sqlx.Tx, words lookup, run int64, list []results.Outcome) error {
	if _, err := tx.Exec("DELETE FROM outcomes WHERE run = ?", run); err != nil {
		return err
	}
	values := make([]any, 0, len(list)*insertOutcomes.columns)
	for i, o := range list {
		benchmark, err := words.benchmark(o.Benchmark)
		if err != nil {
			return err
		}
		metric, err := words.metric(o.Metric)
		if err != nil {
			return err
		}
		values = append(values, run, int64(i), benchmark, metric, o.Verdict, raw(o.Reason), o.Measured, o.Change, o.Low, o.High,
			o.Base, o.Head, int64(o.BaseN), int64(o.HeadN), o.MinEffect, o.NoiseFloor)
	}
	if err := insertOutcomes.insert(tx, values); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE runs SET counts = ? WHERE num = ?", object[map[string]int]{results.CountVerdicts(list)}, run)
	return err
}

// SetDisturbances keeps with a run how often the machine disturbed it.
func (s *Store) SetDisturbances(ctx context.Context, runID string, d results.Disturbances) error {
	return s.write(ctx, "set disturbances of run "+runID, ofRuns, func(tx *sqlx.Tx) error {
		run, err := numberOf(tx, runID)
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE runs SET disturbed = ? WHERE num = ?", object[results.Disturbances]{d}, run)
		return err
	})
}

// selectDisturbed is of the newest runs that ended here.
const selectDisturbed = "SELECT disturbed FROM runs WHERE class = ? AND kind <> 'elsewhere' AND state = 'done'" + newestFirst

// Disturbances is how often machines of a class disturbed its newest runs, at most so
// many, and how many of these kept that. Runs from before it was kept did not.
func (s *Store) Disturbances(ctx context.Context, class string, most int) (sum results.Disturbances, runs int, err error) {
	var rows []object[results.Disturbances]
	err = s.read(ctx, "sum up disturbances of "+class, func(tx *sqlx.Tx) error {
		rows, _, err = legible(tx, func(o *object[results.Disturbances]) []any { return []any{o} }, selectDisturbed, raw(class), most)
		return err
	})
	for _, row := range rows {
		if row.value.Watched > 0 {
			sum.Add(row.value)
			runs++
		}
	}
	return sum, runs, err
}

// outcomeRow is a row of table outcomes with its words.
type outcomeRow struct {
	Benchmark  raw    `db:"benchmark"`
	Case       raw    `db:"case_name"`
	Name       raw    `db:"name"`
	Unit       raw    `db:"unit"`
	Better     string `db:"better"`
	Verdict    string `db:"verdict"`
	Reason     raw    `db:"reason"`
	Measured   bool   `db:"measured"`
	Change     finite `db:"change"`
	Low        finite `db:"low"`
	High       finite `db:"high"`
	Base       finite `db:"base"`
	Head       finite `db:"head"`
	BaseN      int    `db:"base_n"`
	HeadN      int    `db:"head_n"`
	MinEffect  finite `db:"min_effect"`
	NoiseFloor finite `db:"noise_floor"`
}

const selectOutcomes = `SELECT b.name AS benchmark, m.case_name, m.name, m.unit, m.better, o.verdict, o.reason, o.measured,
	o.change, o.low, o.high, o.base, o.head, o.base_n, o.head_n, o.min_effect, o.noise_floor
	FROM outcomes o JOIN benchmarks b ON b.id = o.benchmark JOIN metrics m ON m.id = o.metric
	WHERE o.run = ? AND (? = '' OR o.verdict = ?) ORDER BY o.position LIMIT ?`

// Outcomes returns what the run of exactly this id concluded, in the order of its
// report, and how many rows cannot be read. A run from before outcomes were kept
// has none.
func (s *Store) Outcomes(ctx context.Context, runID string) (list []results.Outcome, unreadable int, err error) {
	return s.outcomes(ctx, runID, "", -1)
}

// OutcomesWith is Outcomes for those of one verdict, at most so many.
func (s *Store) OutcomesWith(ctx context.Context, runID, verdict string, most int) (list []results.Outcome, unreadable int, err error) {
	return s.outcomes(ctx, runID, verdict, most)
}

func (s *Store) outcomes(ctx context.Context, runID, verdict string, most int) (list []results.Outcome, unreadable int, err error) {
	var rows []outcomeRow
	err = s.read(ctx, "list outcomes of run "+runID, func(tx *sqlx.Tx) error {
		run, err := numberOf(tx, runID)
		if err == nil {
			rows, unreadable, err = legible(tx, (*outcomeRow).fields, selectOutcomes, run, verdict, verdict, most)
		}
		return err
	})
	return each(rows, outcomeRow.outcome), unreadable, err
}

// LostSince returns the benchmarks that one run concluded something of and another, in
// which they were not even tried, did not: those of exactly these ids, sorted.
func (s *Store) LostSince(ctx context.Context, before, runID string) (lost []string, err error) {
	var names []raw
	err = s.read(ctx, "list what run "+runID+" lost", func(tx *sqlx.Tx) error {
		return tx.Select(&names, `SELECT name FROM benchmarks WHERE id IN (
			SELECT benchmark FROM outcomes WHERE run = (SELECT num FROM runs WHERE id = ?)
			EXCEPT SELECT benchmark FROM outcomes WHERE run = (SELECT num FROM runs WHERE id = ?)) ORDER BY name`, before, runID)
	})
	return each(names, func(r raw) string { return string(r) }), err
}

func (r *outcomeRow) fields() []any {
	return []any{
		&r.Benchmark, &r.Case, &r.Name, &r.Unit, &r.Better, &r.Verdict, &r.Reason, &r.Measured, &r.Change, &r.Low, &r.High,
		&r.Base, &r.Head, &r.BaseN, &r.HeadN, &r.MinEffect, &r.NoiseFloor,
	}
}

func (r outcomeRow) outcome() results.Outcome {
	return results.Outcome{
		Benchmark: string(r.Benchmark), Verdict: r.Verdict, Reason: string(r.Reason), Measured: r.Measured,
		Metric: results.Metric{Case: string(r.Case), Name: string(r.Name), Unit: string(r.Unit), Better: results.Direction(r.Better)},
		Change: float64(r.Change), Low: float64(r.Low), High: float64(r.High), Base: float64(r.Base), Head: float64(r.Head),
		BaseN: r.BaseN, HeadN: r.HeadN, MinEffect: float64(r.MinEffect), NoiseFloor: float64(r.NoiseFloor),
	}
}

// object is a value that is kept as one JSON column.
type object[T any] struct{ value T }

// Value implements driver.Valuer.
func (o object[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(o.value)
	return string(text), err
}

// Scan implements sql.Scanner.
func (o *object[T]) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), &o.value)
	case []byte:
		return json.Unmarshal(v, &o.value)
	}
	return fmt.Errorf("read a JSON column from %T", src)
}
