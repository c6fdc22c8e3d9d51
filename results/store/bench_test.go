package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// The shape that all benchmarks record: a round of ten benchmarks on two sides,
// with three metrics each, as a suite of plain commands has it.
const (
	benchBenchmarks = 10
	benchMetrics    = 3
)

// benchRound returns the executions of one round, with plausible numbers: SQLite
// stores small integers in fewer bytes.
func benchRound(r *rand.Rand, round int) []results.Execution {
	var list []results.Execution
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC).Add(time.Duration(round) * time.Minute)
	for i := range 2 * benchBenchmarks {
		wall := 800*time.Millisecond + time.Duration(r.IntN(700_000_000))
		at = at.Add(wall + 3*time.Millisecond)
		a := results.Accounts{
			Wall: wall, User: wall * 9 / 10, System: wall / 20, MaxRSS: int64(1280+r.IntN(50_000)) * 4096,
			MinorFaults: 300 + r.Int64N(20_000), VoluntaryCtx: r.Int64N(90), InvoluntaryCtx: r.Int64N(40),
		}
		e := results.Execution{
			Seq: round*2*benchBenchmarks + i, Round: round, Benchmark: fmt.Sprintf("benchmark-%d", i/2),
			Side: results.Sides()[i%2], Started: at, EnvBytes: r.IntN(4096), Accounts: a,
			Witness: &results.Witness{ // of a quiet machine: most of it is nothing
				Window: wall + 2*time.Millisecond, Foreign: time.Duration(r.IntN(400_000)), SoftIRQs: r.Int64N(3),
				Temperature: 41_000 + r.Int64N(3000), Frequency: 3_400_000, CPUPressure: time.Duration(r.IntN(900_000)),
			},
		}
		for _, name := range []string{results.MetricWall, results.MetricCPU, results.MetricMaxRSS}[:benchMetrics] {
			sample, _ := results.AccountSample(a, name)
			e.Samples = append(e.Samples, sample)
		}
		list = append(list, e)
	}
	return list
}

// BenchmarkAppend records one round an iteration, durably. Beside the time it
// reports what a sample takes on disk, with everything that belongs to it.
func BenchmarkAppend(b *testing.B) {
	path := filepath.Join(b.TempDir(), "perf.db")
	s, err := Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	run := exampleRun("bench")
	if err := s.SaveRun(b.Context(), run); err != nil {
		b.Fatal(err)
	}
	r, round := rand.New(rand.NewPCG(1, 1)), 0
	for b.Loop() {
		if err := s.AppendExecutions(b.Context(), run.ID, benchRound(r, round)); err != nil {
			b.Fatal(err)
		}
		round++
	}
	if err := s.Close(); err != nil { // folds the write-ahead log into the file
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(round*2*benchBenchmarks*benchMetrics), "disk-B/sample")
}

// BenchmarkBareInsert is the yardstick: the same values, accounts and samples,
// each row through one prepared INSERT, in one equally durable transaction a
// round, into tables without keys, dictionaries or checks.
func BenchmarkBareInsert(b *testing.B) { bareInsert(b, true) }

// BenchmarkBareSamples is a harder yardstick: it stores the samples' values and
// leaves the accounts out.
func BenchmarkBareSamples(b *testing.B) { bareInsert(b, false) }

func bareInsert(b *testing.B, accounts bool) {
	db, err := sqlx.Open("sqlite3", dsn(filepath.Join(b.TempDir(), "bare.db"), writing))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	db.MustExec("CREATE TABLE executions (" + strings.Join(strings.Fields(executionColumns), ", ") + ")")
	db.MustExec("CREATE TABLE samples (execution, position, value)")
	insertExecution, err := db.Prepare(insertExecutions.statements[0])
	if err != nil {
		b.Fatal(err)
	}
	defer insertExecution.Close()
	insertSample, err := db.Prepare("INSERT INTO samples VALUES (?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	defer insertSample.Close()
	r, round := rand.New(rand.NewPCG(1, 1)), 0
	for b.Loop() {
		tx := db.MustBegin()
		execution, sample := tx.Stmt(insertExecution), tx.Stmt(insertSample)
		for _, e := range benchRound(r, round) {
			a := e.Accounts
			if accounts {
				_, err = execution.Exec(e.Seq, e.Round, e.Warmup, 1, e.Side == results.Head, e.Started.UnixNano(), e.EnvBytes,
					int64(a.Wall), int64(a.User), int64(a.System), a.MaxRSS, a.MinorFaults, a.MajorFaults, a.VoluntaryCtx,
					a.InvoluntaryCtx, a.ExitCode, a.Signal, witness{e.Witness})
			}
			for i, v := range e.Samples {
				if err == nil {
					_, err = sample.Exec(e.Seq, i, v.Value)
				}
			}
		}
		if err := errors.Join(err, tx.Commit()); err != nil {
			b.Fatal(err)
		}
		round++
	}
}
