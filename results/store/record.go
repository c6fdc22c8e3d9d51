package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Record returns all that is stored of the run of exactly this id: executions
// in the order taken, samples in the order given, times in UTC, all from one
// snapshot. An execution without samples has nil for them.
func (s *Store) Record(ctx context.Context, id string) (record *results.Record, err error) {
	err = s.read(ctx, "read run "+id, func(tx *sqlx.Tx) error {
		record, err = recordOf(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return record, nil
}

func recordOf(tx *sqlx.Tx, id string) (record *results.Record, err error) {
	record = &results.Record{}
	if record.Run, err = oneRun(tx, id); err != nil {
		return nil, err
	}
	num, err := numberOf(tx, id)
	if err != nil {
		return nil, err
	}
	if record.Executions, err = executions(tx, num); err != nil {
		return nil, err
	}
	return record, errors.Join(fillSamples(tx, num, record.Executions), fillFaults(tx, num, record.Executions),
		fillReasons(tx, num, record.Executions))
}

// executionRow is a row of table executions.
type executionRow struct {
	seq, block, round, envBytes      whole
	warmup, head                     bool
	benchmark                        whole
	started                          instant
	wall, user, system               whole // nanoseconds
	maxRSS, minorFaults, majorFaults whole
	voluntaryCtx, involuntaryCtx     whole
	exitCode, signal                 whole
	witness                          witness
}

func (r *executionRow) fields() []any {
	return []any{
		&r.seq, &r.block, &r.round, &r.warmup, &r.benchmark, &r.head, &r.started, &r.envBytes, &r.wall, &r.user, &r.system, &r.maxRSS,
		&r.minorFaults, &r.majorFaults, &r.voluntaryCtx, &r.involuntaryCtx, &r.exitCode, &r.signal, &r.witness,
	}
}

const (
	selectExecutions = `SELECT seq, block, round, warmup, benchmark, side, started, env_bytes,
		wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx,
		involuntary_ctx, exit_code, signal, witness FROM executions WHERE id >= ? AND id < ? ORDER BY id`
	// countExecutions is how many there are where none is missing, without a look at them.
	countExecutions = "SELECT coalesce(max(id) - ?1, -1) + 1 FROM executions WHERE id >= ?1 AND id < ?2"
)

// executions reads a run's executions without samples and faults. Because their
// Seq has no gap, it is also their index.
func executions(tx *sqlx.Tx, run int64) (list []results.Execution, err error) {
	var n int
	if err := tx.Get(&n, countExecutions, run<<seqBits, (run+1)<<seqBits); err != nil {
		return nil, err
	}
	rows, err := tx.Query(selectExecutions, run<<seqBits, (run+1)<<seqBits)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	list = make([]results.Execution, 0, n)
	names := map[whole]string{}
	var row, none executionRow
	for into := row.fields(); rows.Next(); row = none {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if int(row.seq) != len(list) {
			return nil, damaged("execution %d of the run is missing", len(list))
		}
		name, known := names[row.benchmark]
		if !known {
			if name, err = benchmarkOf(tx, row.benchmark); err != nil {
				return nil, err
			}
			names[row.benchmark] = name
		}
		list = append(list, row.execution(name))
	}
	return list, rows.Err()
}

// benchmarkOf is the name of a benchmark.
func benchmarkOf(tx *sqlx.Tx, id whole) (string, error) {
	var name raw
	err := tx.Get(&name, "SELECT name FROM benchmarks WHERE id = ?", id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", damaged("an execution is of benchmark %d, which does not exist", id)
	}
	return string(name), err
}

func (row *executionRow) execution(benchmark string) results.Execution {
	side := results.Base
	if row.head {
		side = results.Head
	}
	return results.Execution{
		Seq: int(row.seq), Block: int(row.block), Round: int(row.round), Warmup: row.warmup, Benchmark: benchmark, Side: side,
		Started: time.Time(row.started), EnvBytes: int(row.envBytes), Witness: row.witness.Witness,
		Accounts: results.Accounts{
			Wall: time.Duration(row.wall), User: time.Duration(row.user), System: time.Duration(row.system),
			MaxRSS: int64(row.maxRSS), MinorFaults: int64(row.minorFaults), MajorFaults: int64(row.majorFaults),
			VoluntaryCtx: int64(row.voluntaryCtx), InvoluntaryCtx: int64(row.involuntaryCtx), ExitCode: int(row.exitCode), Signal: int(row.signal),
		},
	}
}

// fillSamples gives each execution its samples.
func fillSamples(tx *sqlx.Tx, run int64, list []results.Execution) (err error) {
	metrics, err := allMetrics(tx)
	if err != nil {
		return err
	}
	found, err := tx.Query("SELECT execution & ?, metric, value FROM samples WHERE id >= ? AND id < ? ORDER BY id",
		maxSeq, run<<(seqBits+positionBits), (run+1)<<(seqBits+positionBits))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	var seq, metric whole
	var value float64
	for found.Next() {
		if err := found.Scan(&seq, &metric, &value); err != nil {
			return err
		}
		m, ok := metrics[metric]
		if !ok || seq < 0 || int(seq) >= len(list) {
			return damaged("a sample belongs to execution %d and metric %d, which do not exist", seq, metric)
		}
		e := &list[seq]
		e.Samples = append(e.Samples, results.Sample{Metric: m, Value: value})
	}
	return found.Err()
}

// allMetrics reads the dictionary, which has few rows beside the samples.
func allMetrics(tx *sqlx.Tx) (map[whole]results.Metric, error) {
	var list []struct {
		ID     whole  `db:"id"`
		Case   raw    `db:"case_name"`
		Name   raw    `db:"name"`
		Unit   raw    `db:"unit"`
		Better string `db:"better"`
	}
	err := tx.Select(&list, "SELECT id, case_name, name, unit, better FROM metrics")
	metrics := make(map[whole]results.Metric, len(list))
	for _, m := range list {
		metrics[m.ID] = results.Metric{
			Case: string(m.Case), Name: string(m.Name), Unit: string(m.Unit), Better: results.Direction(m.Better),
		}
	}
	return metrics, err
}

// fillFaults gives each unusable execution its fault.
func fillFaults(tx *sqlx.Tx, run int64, list []results.Execution) error {
	var faults []struct {
		Seq    int    `db:"seq"`
		Kind   string `db:"kind"`
		Detail raw    `db:"detail"`
		Stderr raw    `db:"stderr"`
		Stdout raw    `db:"stdout"`
	}
	err := tx.Select(&faults, `SELECT execution & ? AS seq, kind, detail, stderr, stdout FROM faults
		WHERE execution >= ? AND execution < ? ORDER BY execution`, maxSeq, run<<seqBits, (run+1)<<seqBits)
	if err != nil {
		return err
	}
	for _, f := range faults {
		if f.Seq < 0 || f.Seq >= len(list) {
			return damaged("a fault belongs to execution %d, which does not exist", f.Seq)
		}
		list[f.Seq].Fault = &results.Fault{
			Kind: results.FaultKind(f.Kind), Detail: string(f.Detail), Stderr: string(f.Stderr), Stdout: string(f.Stdout),
		}
	}
	return nil
}

// fillReasons says of each contaminated execution why it is.
func fillReasons(tx *sqlx.Tx, run int64, list []results.Execution) error {
	var reasons []struct {
		Seq    int    `db:"seq"`
		Reason string `db:"reason"`
	}
	err := tx.Select(&reasons, `SELECT execution & ? AS seq, reason FROM contaminations
		WHERE execution >= ? AND execution < ? ORDER BY execution, position`, maxSeq, run<<seqBits, (run+1)<<seqBits)
	if err != nil {
		return err
	}
	for _, r := range reasons {
		if r.Seq < 0 || r.Seq >= len(list) {
			return damaged("a contamination belongs to execution %d, which does not exist", r.Seq)
		}
		list[r.Seq].Contaminated = append(list[r.Seq].Contaminated, r.Reason)
	}
	return nil
}
