package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// How many bits of a row's number are an execution's place in its run, and a
// sample's in its execution: four million of the one, a quarter of a million of
// the other. See the migration that makes the tables.
const (
	seqBits      = 22
	positionBits = 18
	maxSeq       = 1<<seqBits - 1
	maxPosition  = 1<<positionBits - 1
)

const (
	executionColumns = `id block round warmup benchmark side started env_bytes wall_ns user_ns system_ns
		max_rss_bytes minor_faults major_faults voluntary_ctx involuntary_ctx exit_code signal witness`
	sampleColumns = `id metric value`
	faultColumns  = `execution kind detail stderr stdout`
	reasonColumns = `execution position reason`
)

var (
	insertExecutions = newBulk("executions", executionColumns)
	insertSamples    = newBulk("samples", sampleColumns)
	insertFaults     = newBulk("faults", faultColumns)
	insertReasons    = newBulk("contaminations", reasonColumns)
)

// AppendExecutions stores what was executed next in a run: all of it or, with an
// error, none. When it returns nil, the executions survive a power cut. Their
// Seq must go on where the run's last execution left off, every value must be
// finite, and the run must not have ended. Call it once a round. A cancelled ctx
// is noticed before the work begins, not in the midst of it.
func (s *Store) AppendExecutions(ctx context.Context, runID string, list []results.Execution) error {
	if err := checkExecutions(list); err != nil {
		return fmt.Errorf("record executions of run %s: %w", runID, err)
	}
	if len(list) == 0 {
		return nil
	}
	s.words.mu.Lock()
	defer s.words.mu.Unlock()
	var words lookup
	err := s.write(ctx, "record executions of run "+runID, ofNothing, func(tx *sqlx.Tx) error {
		words = s.words.begin(tx)
		return appendTo(tx, words, runID, list)
	})
	if err == nil {
		words.keep()
	}
	return err
}

// checkExecutions refuses what SQLite would store as something else, and gaps.
func checkExecutions(list []results.Execution) error {
	for i, e := range list {
		if e.Seq != list[0].Seq+i {
			return fmt.Errorf("execution %d follows %d", e.Seq, list[i-1].Seq)
		}
		if e.Seq < 0 || e.Seq > maxSeq || len(e.Samples) > maxPosition+1 {
			return fmt.Errorf("execution %d with %d samples: a run holds at most %d executions of at most %d samples",
				e.Seq, len(e.Samples), maxSeq+1, maxPosition+1)
		}
		if e.Side != results.Base && e.Side != results.Head {
			return fmt.Errorf("execution %d: there is no side %q", e.Seq, e.Side)
		}
		if e.Block != 0 && e.Block != 1 {
			return fmt.Errorf("execution %d: there is no block %d", e.Seq, e.Block)
		}
		for _, v := range e.Samples {
			if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
				return fmt.Errorf("execution %d of benchmark %q: the value of %q is not finite: %v",
					e.Seq, e.Benchmark, v.Metric.String(), v.Value)
			}
		}
	}
	return nil
}

// appendTo is the transaction of AppendExecutions.
func appendTo(tx *sqlx.Tx, words lookup, runID string, list []results.Execution) error {
	run, err := openRun(tx, runID, list[0].Seq)
	if err != nil {
		return err
	}
	rows, err := newRows(words, run, list)
	if err != nil {
		return err
	}
	// Nothing may follow a failed insert: on a full disk SQLite has rolled back,
	// and the next statement would be a transaction of its own.
	if err := insertExecutions.insert(tx, rows.executions); err != nil {
		return err
	}
	if err := insertSamples.insert(tx, rows.samples); err != nil {
		return err
	}
	if err := insertFaults.insert(tx, rows.faults); err != nil {
		return err
	}
	return insertReasons.insert(tx, rows.reasons)
}

// openRun returns the number of a run that may still grow, and whose next
// execution is seq.
func openRun(tx *sqlx.Tx, id string, seq int) (int64, error) {
	var run struct {
		Num   int64  `db:"num"`
		State string `db:"state"`
		Next  int    `db:"next"`
	}
	err := tx.Get(&run, `SELECT num, state,
		coalesce((SELECT max(e.id) FROM executions e WHERE e.id >= num << ? AND e.id < num + 1 << ?) & ?, -1) + 1 AS next
		FROM runs WHERE id = ?`, seqBits, seqBits, maxSeq, id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, noRun(id)
	case err != nil:
		return 0, err
	case results.State(run.State).Final():
		return 0, &results.Problem{
			Kind: results.CannotRun, Where: "run " + id,
			What: "it is " + run.State + " and takes no more executions", Next: "start a new run",
		}
	case run.Next != seq:
		return 0, fmt.Errorf("execution %d is given where %d is next", seq, run.Next)
	}
	return run.Num, nil
}

// rows are the values of the four inserts, row after row.
type rows struct{ executions, samples, faults, reasons []any }

func newRows(words lookup, run int64, list []results.Execution) (rows, error) {
	samples := 0
	for _, e := range list {
		samples += len(e.Samples)
	}
	out := rows{
		executions: make([]any, 0, len(list)*insertExecutions.columns),
		samples:    make([]any, 0, samples*insertSamples.columns),
	}
	for i := range list {
		if err := out.add(words, run, &list[i]); err != nil {
			return rows{}, fmt.Errorf("execution %d: %w", list[i].Seq, err)
		}
	}
	return out, nil
}

func (r *rows) add(words lookup, run int64, e *results.Execution) error {
	benchmark, err := words.benchmark(e.Benchmark)
	if err != nil {
		return err
	}
	started, err := instant(e.Started).Value()
	if err != nil {
		return err
	}
	id, a := run<<seqBits|int64(e.Seq), &e.Accounts
	r.executions = append(r.executions, id, int64(e.Block), int64(e.Round), e.Warmup, benchmark, e.Side == results.Head,
		started, int64(e.EnvBytes), int64(a.Wall), int64(a.User), int64(a.System), a.MaxRSS, a.MinorFaults, a.MajorFaults,
		a.VoluntaryCtx, a.InvoluntaryCtx, int64(a.ExitCode), int64(a.Signal), witness{e.Witness})
	for i, v := range e.Samples {
		metric, err := words.metric(v.Metric)
		if err != nil {
			return err
		}
		r.samples = append(r.samples, id<<positionBits|int64(i), metric, v.Value)
	}
	for i, reason := range e.Contaminated {
		r.reasons = append(r.reasons, id, int64(i), reason)
	}
	if f := e.Fault; f != nil {
		r.faults = append(r.faults, id, string(f.Kind), raw(f.Detail), raw(f.Stderr), raw(f.Stdout))
	}
	return nil
}
