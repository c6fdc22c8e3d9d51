package store

import (
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

var update = flag.Bool("update", false, "write golden files; those of a released schema only where there is none")

// TestReleasedSchemasStay fails when a migration that databases have been through
// is edited: testdata/schema-N.sql is what a database of schema N looks like,
// with a run in it.
func TestReleasedSchemasStay(t *testing.T) {
	for _, m := range released() {
		t.Run(fmt.Sprint(m.version), func(t *testing.T) {
			golden := filepath.Join("testdata", fmt.Sprintf("schema-%d.sql", m.version))
			if _, err := os.Stat(golden); *update && err != nil {
				writeGolden(t, golden)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "perf.db")
			if err := prepare(t.Context(), path, released()[:m.version]); err != nil {
				t.Fatal(err)
			}
			schema, _, _ := strings.Cut(string(want), rowsBelow)
			if diff := gocmp.Diff(schema, dump(t, path, nil)); diff != "" {
				t.Errorf("a released migration was edited (-released +now):\n%s", diff)
			}
		})
	}
}

// TestOldDatabasesOpen brings every schema there ever was up to date.
func TestOldDatabasesOpen(t *testing.T) {
	golden, err := filepath.Glob("testdata/schema-*.sql")
	if err != nil || len(golden) != newest() {
		t.Fatalf("%d old databases, %v; want one for each of %d schemas", len(golden), err, newest())
	}
	for _, name := range golden {
		t.Run(filepath.Base(name), func(t *testing.T) {
			script, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "perf.db")
			makeDB(t, path, string(script))
			got, err := reopen(t, path).Record(t.Context(), "old")
			if err != nil {
				t.Fatal(err)
			}
			var schema int
			if _, err := fmt.Sscanf(filepath.Base(name), "schema-%d.sql", &schema); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(oldRecord(schema), got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
			if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
				t.Errorf("check: %q, %v", findings, err)
			}
		})
	}
}

// oldRecord is the run in testdata/schema-N.sql, with what that schema could hold.
func oldRecord(schema int) *results.Record {
	run := exampleRun("old")
	run.Repo, run.Error = "/src/old", "it broke"
	run.State, run.Finished = results.Failed, run.Created.AddDate(0, 0, 1)
	executions := exampleExecutions(0, 5)
	if schema >= 3 {
		executions = exampleExecutions(0, secondBlockFrom+2)
	} else {
		run.Plan.Looks, run.Plan.MaxTime, run.Alarms, run.Judged = []int{}, 0, []results.Alarm{}, ""
	}
	if schema >= 7 {
		run.Counts = results.CountVerdicts(exampleOutcomes())
	}
	if schema < 6 {
		run.Notes = []results.Fact{}
	}
	if schema < 4 {
		run.Class, run.Base.Branch, run.Head.Branch = "", "", ""
	}
	if schema < 2 {
		run.Quiet, run.Noise = results.Quiet{}, []results.Noise{}
		for i := range executions {
			executions[i].Witness, executions[i].Contaminated = nil, nil
		}
	}
	return &results.Record{Run: run, Executions: executions}
}

const rowsBelow = "-- rows\n"

func writeGolden(t *testing.T, name string) {
	t.Helper()
	s, path := fresh(t)
	old := oldRecord(newest())
	open := old.Run
	open.State, open.Finished = results.Measuring, time.Time{}
	save(t, s, open, len(old.Executions))
	if err := s.SetState(t.Context(), "old", old.Run.State, old.Run.Finished, old.Run.Error); err != nil {
		t.Fatal(err)
	}
	remember(t, s, "old")
	text := dump(t, path, []string{
		"runs", "benchmarks", "metrics", "executions", "faults", "contaminations", "samples",
		"series", "environments", "points", "steps", "acceptances", "outcomes",
	})
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// dump writes a database's schema, and the rows of some tables, as SQL.
func dump(t *testing.T, path string, tables []string) string {
	t.Helper()
	db, err := sqlx.Open("sqlite3", dsn(path, reading))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lines := func(query string) []string {
		var list []string
		if err := db.Select(&list, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return list
	}
	var b strings.Builder
	for _, pragma := range []string{"application_id", "user_version"} {
		fmt.Fprintf(&b, "PRAGMA %s = %s;\n", pragma, lines("PRAGMA " + pragma)[0])
	}
	for _, sql := range lines("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid") {
		b.WriteString(sql + ";\n")
	}
	for i, table := range tables {
		if i == 0 {
			b.WriteString(rowsBelow)
		}
		// table_info leaves out computed columns, as it should.
		columns := strings.Join(lines("SELECT name FROM pragma_table_info('"+table+"')"), ", ")
		values := "quote(" + strings.ReplaceAll(columns, ", ", ") || ', ' || quote(") + ")"
		for _, row := range lines("SELECT " + values + " FROM " + table + " ORDER BY " + columns) {
			fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", table, columns, row)
		}
	}
	return b.String()
}

// next is a list of migrations with one more.
func next(sql string) []migration {
	return append(released(), migration{newest() + 1, sql})
}

func TestMigrationKeepsACopy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "perf.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, exampleRun("a"), 9)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check := func(sql, wantErr string, schema int, copies ...string) {
		t.Helper()
		err := prepare(t.Context(), path, next(sql))
		if (err == nil) != (wantErr == "") || (err != nil && !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("migrate: %v, want error %q", err, wantErr)
		}
		if id, err := identify(t.Context(), path, reading); err != nil || id.Schema != schema {
			t.Errorf("schema %d, %v; want %d", id.Schema, err, schema)
		}
		found, _ := filepath.Glob(filepath.Join(dir, "*.bak*"))
		if diff := gocmp.Diff(copies, each(found, filepath.Base)); diff != "" {
			t.Errorf("copies (-want +got):\n%s", diff)
		}
	}
	now := newest()
	one := fmt.Sprintf("perf.db.schema-%d.bak", now)
	two, three := one+".2", one+".3"
	check("CREATE TABLE x (a); INSERT INTO nowhere VALUES (1)", fmt.Sprintf("to schema %d: no such table: nowhere", now+1), now, one)
	check("DELETE FROM benchmarks", "rows of executions refer to benchmarks that do not exist", now, one, two)
	check("ALTER TABLE runs ADD COLUMN kennel TEXT", "", now+1, one, two, three)
	check("ALTER TABLE runs ADD COLUMN kennel TEXT", "", now+1, one, two, three) // nothing left to do

	for _, name := range []string{one, two, three} {
		got, err := reopen(t, filepath.Join(dir, name)).Record(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(&results.Record{Run: exampleRun("a"), Executions: exampleExecutions(0, 9)}, got); diff != "" {
			t.Errorf("copy %s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("written by a newer perfrun (schema %d, this one knows %d)", now+1, now)) {
		t.Errorf("open of what the next perfrun wrote: %v", err)
	}
}

func TestOlderSchemaIsNotReadAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perf.db")
	makeDB(t, path, fmt.Sprintf("PRAGMA application_id = %d; CREATE TABLE t (a)", applicationID))
	if _, err := OpenReadOnly(t.Context(), path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("written by an older perfrun (schema 0, this one reads %d)", newest())) {
		t.Errorf("open: %v", err)
	}
}

func TestReadMigrations(t *testing.T) {
	check := func(want string, names ...string) {
		t.Helper()
		files := fstest.MapFS{}
		for _, n := range names {
			files["migrations/"+n] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		list, err := readMigrations(fs.FS(files))
		if got := cmp.Or(errText(err), fmt.Sprint(len(list))); !strings.Contains(got, want) {
			t.Errorf("%v: %s, want %s", names, got, want)
		}
	}
	check("2", "0002_b.sql", "0001_a.sql")
	check("migration migrations/0003_b.sql: want a name that starts with 0002_", "0001_a.sql", "0003_b.sql")
	check("want a name that starts with 0001_", "1_a.sql")
	check("want a name that starts with 0002_", "0001_a.sql", "0001_b.sql")
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
