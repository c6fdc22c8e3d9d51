package site

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// measuredIn is a database with a calibrated machine, a run of two commits that is done,
// and one that failed later.
func measuredIn(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perf.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	calibration := storedRun("calibration-1", 1)
	calibration.Kind, calibration.Noise = results.Calibration, office().runs[len(office().runs)-1].Noise
	done := storedRun("done-1", 2)
	done.Plan.Looks, done.Alarms = []int{6}, []results.Alarm{{Benchmark: "join", Outcome: results.Confirmed}}
	failed := storedRun("failed-1", 3)
	failed.State, failed.Error = results.Failed, "the image is gone"
	for _, run := range []results.Run{calibration, done, failed} {
		put(t, s, run)
	}
	return s, path
}

// storedRun is the n-th run of the office's machine.
func storedRun(id string, n int) results.Run {
	at := commit(n).When.Add(time.Hour)
	return results.Run{
		ID: id, Kind: results.Comparison, State: results.Done, Suite: "dataflow", Class: "office", Base: commit(n - 1), Head: commit(n), Created: at, Finished: at,
		Bench: []results.Benchmark{{Name: "join"}, {Name: "merge"}}, Env: []results.Fact{{Name: "cpu.model", Value: "Example CPU 9000"}, {Name: "host.name", Value: "office-box"}},
	}
}

// put stores a run with what is kept of it.
func put(t *testing.T, s *store.Store, run results.Run) {
	t.Helper()
	record := &results.Record{Run: run, Executions: executionsOf(run)}
	points := verdict.Points(record)
	switch run.Kind {
	case results.Calibration:
		points = nil // of which no history is made
	case results.Elsewhere:
		series := results.Series{Suite: run.Suite, Branch: "main", Class: run.Class, Benchmark: "join", Metric: results.Metric{Name: "value", Unit: "sec", Better: results.Lower}}
		points = []results.Point{{Series: series, Run: run.ID, Side: results.Head, Commit: run.Head, Environment: "e", Value: 1, Low: 1, High: 1, N: 1}}
	}
	_, err := s.Import(t.Context(), record)
	if run.State == results.Done {
		err = errors.Join(err, s.AddPoints(t.Context(), run.ID, points), s.SetOutcomes(t.Context(), run.ID, verdict.Outcomes(verdict.Judge(record))))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// executionsOf are some rounds of every benchmark of a run.
func executionsOf(run results.Run) (list []results.Execution) {
	for round := range 8 {
		for _, b := range run.Bench {
			for _, side := range results.Sides() {
				if strings.HasPrefix(b.Name, "dies") && side == results.Head {
					list = append(list, results.Execution{Seq: len(list), Round: round, Benchmark: b.Name, Side: side, Started: run.Created, Fault: &results.Fault{Kind: results.FaultSignal, Detail: "killed by signal 9"}})
					continue
				}
				list = append(list, results.Execution{
					Seq: len(list), Round: round, Benchmark: b.Name, Side: side, Started: run.Created, Witness: &results.Witness{Window: time.Second},
					Samples: []results.Sample{{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: 1 + float64(round%3)/100}},
				})
			}
		}
	}
	return list
}

// TestImportsHideNothing: hundreds of commits that were imported are newer than all that
// was measured here, and no page forgets anything of that.
func TestImportsHideNothing(t *testing.T) {
	db, _ := measuredIn(t)
	for i := range mostRuns + 50 {
		run := storedRun(fmt.Sprintf("elsewhere-%d", i), 100+i)
		run.Kind, run.Suite, run.Class, run.Bench = results.Elsewhere, "side", "nightly", nil
		if i%2 == 0 {
			run.Suite, run.Class = "dataflow", "office"
		}
		put(t, db, run)
	}
	s := New(db, Options{})
	for address, wants := range map[string][]string{
		"index.html":                 {"the image is gone", "runs/failed-1.html", "calibrated <time", suiteAddress("side")},
		"sure.html":                  {"step by step", "runs/done-1.html", "in 1 run", machineAddress("office")},
		suiteAddress("dataflow"):     {"runs/done-1.html", "runs/failed-1.html", "runs/calibration-1.html"},
		suiteAddress("side"):         {"elsewhere-249"},
		machineAddress("office"):     {"Chance alone moves", "Example CPU 9000", "office-box</bdi></b>: 3 runs", "What became of alarms"},
		"compare.html":               {"compare/" + rev(1) + between + rev(2) + ".html", "10 measured commits before"},
		"runs/elsewhere-1.html":      {"elsewhere-1"},
		machineAddress("nightly"):    {"never calibrated"},
		"runs/failed-1.html":         {"the image is gone"},
		"runs/calibration-1.html":    {"calibration-1"},
		"compare.json":               {rev(2)},
		"runs/" + "done-1" + ".json": {"done-1"},
	} {
		page := document(t, s, address, nil)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", address, want)
			}
		}
	}
	if err := s.Write(t.Context(), &shelfFolder{}, func(int, int) {}); err != nil {
		t.Errorf("write: %v", err)
	}
}

// spoil changes rows as no program of ours would: without types and constraints.
func spoil(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	loosen := "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ') '); PRAGMA writable_schema = RESET; PRAGMA ignore_check_constraints = ON; PRAGMA busy_timeout = 10000"
	for _, statement := range append([]string{loosen}, statements...) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// TestDamagedRows: each page says what of it cannot be read and shows the rest, live and
// written, whatever row is damaged.
func TestDamagedRows(t *testing.T) {
	for damage, wants := range map[string]map[string]string{
		"UPDATE executions SET witness = x'ffff' WHERE id = (SELECT min(id) + 3 FROM executions WHERE run = (SELECT num FROM runs WHERE id = 'done-1'))": {
			"sure.html": "a witness begins with", "runs/done-1.html": "It cannot be read.", "runs/done-1.json": "cannot_be_read", "runs/done-1.csv": "cannot be read\n", "runs/done-1.txt": "# cannot be read: ",
			"index.html": "calibrated <time",
		},
		"UPDATE runs SET benchmarks = '5' WHERE id IN ('done-1', 'failed-1')": {
			"sure.html": "cannot be read: ", machineAddress("office"): "cannot be read: ", "runs/done-1.html": "It cannot be read.",
		},
		"UPDATE runs SET head_subject = 'text', counts = '[]' WHERE id = 'done-1'": {
			"index.html": "its row in the database cannot be read", suiteAddress("dataflow"): "failed", "runs/done-1.html": "It cannot be read.",
		},
		"UPDATE runs SET noise = '{' WHERE kind = 'calibration'": {
			"index.html": "what its calibrations found cannot be read: ", "sure.html": "cannot be read: ", machineAddress("office"): "What its calibrations found cannot be read.",
		},
		"UPDATE samples SET value = 9e999 WHERE id = (SELECT max(id) FROM samples WHERE execution >> 22 = (SELECT num FROM runs WHERE id = 'done-1'))": {
			"runs/done-1.json": `"value": null`, "runs/done-1.html": "done-1",
		},
		"UPDATE steps SET high = 9e999, change = 9e999": {"index.json": `"high":null`, "index.html": "Open regressions"},
		"UPDATE steps SET source = x'ff', high = 'x'":   {"index.html": "1 step in the database cannot be read", "index.json": "1 step in the database", "feed.atom": "<feed"},
		"UPDATE series SET benchmark = x'00', class = 'text' WHERE id = 1": {
			"index.html": "cannot be read",
		},
		"UPDATE runs SET alarms = '{}', disturbed = '['": {machineAddress("office"): "office-box"},
	} {
		t.Run(damage, func(t *testing.T) {
			t.Parallel()
			db, path := measuredIn(t)
			announceIn(t, db)
			spoil(t, path, "PRAGMA foreign_keys = OFF", damage)
			var warned atomic.Int64
			s, to := New(db, Options{Warn: func(string, error) { warned.Add(1) }}), &shelfFolder{}
			for address, want := range wants {
				if page := document(t, s, address, nil); !strings.Contains(page, want) {
					t.Errorf("%s lacks %q:\n%.4000s", address, want, page)
				}
			}
			if err := s.Write(t.Context(), to, func(int, int) {}); err != nil || to.over != 1 {
				t.Errorf("write: %v", err)
			}
			for address, body := range to.files {
				if strings.HasSuffix(address, ".json") && !json.Valid(body) || bytes.Contains(body, []byte(path)) {
					t.Errorf("%s is no JSON, or says where the database is:\n%.500s", address, body)
				}
			}
		})
	}
}

// announceIn announces a step, of the second commit.
func announceIn(t *testing.T, db *store.Store) {
	t.Helper()
	series := results.Series{Suite: "dataflow", Branch: "main", Class: "office", Benchmark: "join", Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}}
	err := db.Announce(t.Context(), []results.Step{{
		Series: series, Environment: "e", Good: rev(1), Bad: rev(2), Change: 0.5, Low: 0.4, High: 0.6, Before: 1, After: 1.5, Source: results.FromRun, Run: "done-1", Announced: start,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestBrokenIsAsLoudAsSlow: what the newest run of a lane has no result of is on the
// overview, until a run has it again.
func TestBrokenIsAsLoudAsSlow(t *testing.T) {
	db, _ := measuredIn(t)
	check := func(what string, wants ...string) {
		t.Helper()
		var m OverviewModel
		if err := json.Unmarshal([]byte(document(t, New(db, Options{}), "index.json", nil)), &m); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, trouble := range m.Trouble {
			got = append(got, trouble.What+fmt.Sprint(" +", trouble.More))
		}
		if len(got) != len(wants) {
			t.Errorf("%s: %q", what, got)
		}
		for i, want := range wants {
			if i < len(got) && !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q", what, got[i], want)
			}
		}
		if strings.Contains(m.Sentence, "missing or broken") != (len(wants) > 0) {
			t.Errorf("%s: %s", what, m.Sentence)
		}
	}
	check("a run failed", "the image is gone")
	run := storedRun("done-4", 3)
	run.Created, run.Bench = run.Created.Add(time.Hour), []results.Benchmark{{Name: "join"}, {Name: "dies"}}
	put(t, db, run)
	check("one is broken, and one is gone", "dataflow on office: dies", "merge is not measured any more: run done-1 still had it")
	if page := document(t, New(db, Options{}), "index.html", nil); !strings.Contains(page, "1 broken</b>") || !strings.Contains(page, "killed by signal 9") {
		t.Errorf("the overview:\n%s", page)
	}
	some := storedRun("done-5", 4)
	some.Created, some.Bench, some.Command = some.Created.Add(time.Hour), []results.Benchmark{{Name: "join"}}, []string{"perfrun", "run", "--only", "join"}
	put(t, db, some)
	check("asked for one only")
	many := storedRun("done-6", 5)
	for i := range 3 * mostBroken {
		many.Bench = append(many.Bench, results.Benchmark{Name: fmt.Sprint("dies", i)})
	}
	put(t, db, many)
	check("many are broken", append(slices.Repeat([]string{" +0"}, mostBroken-1), fmt.Sprint(" +", 2*mostBroken))...)
}
