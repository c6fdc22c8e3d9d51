package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

var update = flag.Bool("update", false, "write the golden files anew")

var start = time.Date(2026, 11, 23, 10, 0, 0, 123_000_000, time.FixedZone("CET", 3600))

// sample makes one sample.
func sample(name, metric, unit string, value float64) results.Sample {
	return results.Sample{Metric: results.Metric{Case: name, Name: metric, Unit: unit, Better: results.Lower}, Value: value}
}

// record is a run with every kind of execution: warm-ups, faults, several
// samples of one metric, all formats' metrics, head first.
func record() *results.Record {
	rec := &results.Record{Run: results.Run{
		ID: "r1", Kind: results.Comparison, State: results.Done, User: "nikhil", Repo: "dataflow", Suite: "data\nflow",
		Base:      results.Commit{Rev: "aaaa", Subject: "before"},
		Head:      results.Commit{Rev: "bbbb", Subject: "<b>&\xff", Dirty: true},
		BaseImage: results.Image{Ref: "ci:1", Digest: "sha256:11"}, HeadImage: results.Image{Ref: "ci:1", Digest: "sha256:11"},
		Plan:    results.Plan{Engine: "docker", Seed: 7, Rounds: 2, Warmups: 1, CPUs: "3", Harness: "0"},
		Env:     []results.Fact{{Name: "cpu.model", Value: "Xeon"}, {Name: "host.name", Value: "box\x1b[31m"}, {Name: "kernel.release", Value: "6.1"}},
		Created: start,
	}}
	add := func(round int, warmup bool, side results.Side, fault *results.Fault, samples ...results.Sample) {
		seq := len(rec.Executions)
		rec.Executions = append(rec.Executions, results.Execution{
			Seq: seq, Round: round, Warmup: warmup, Benchmark: "enc/ode", Side: side,
			Started: start.Add(time.Duration(seq) * time.Second), Fault: fault, Samples: samples,
		})
	}
	add(0, true, results.Head, nil, sample("", "wall", "sec", 99))
	add(0, false, results.Head, nil, sample("", "wall", "sec", 2), sample("", "max-rss", "B", 4096),
		sample("a b/c", "time", "sec/op", 3e-9), sample("a b/c", "time", "sec/op", 1e-9), sample("a b/c", "time", "sec/op", 7e-9))
	add(0, false, results.Base, nil, sample("", "wall", "sec", 1), sample("", "max-rss", "B", 2048),
		sample("a b/c", "time", "sec/op", 0.30000000000000004), sample("a b/c", "B/op", "B/op", 0))
	add(1, false, results.Base, &results.Fault{Kind: results.FaultExit, Detail: "it ended with status 3"})
	add(1, false, results.Head, &results.Fault{Kind: results.FaultOutput, Detail: "=cmd()"}, sample("", "wall", "sec", 50))
	add(1, false, results.Base, nil, sample("", "wall", "sec", 1.5), sample("", "p99", "ms", 12), sample("", "score", "", -5))
	add(2, false, results.Base, nil, sample("", "wall", "sec", 88))
	rec.Executions[6].Contaminated = []string{"other programs ran 9 ms", "=cmd()"}
	return rec
}

// written exports and fails the test on an error.
func written(t *testing.T, format string, rec *results.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(&b, format, rec); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, format := range export.Names() {
		path := filepath.Join("testdata", "run."+format)
		got := written(t, format, record())
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := export.Write(&bytes.Buffer{}, "xml\x1b", record())
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || problem.Kind != results.BadInput || !strings.Contains(err.Error(), `no format "xml\x1b"; choose one of json, csv, benchfmt`) {
		t.Errorf("got %v", err)
	}
}

// full fails after some bytes, as a full disk does.
type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	rec := record()
	rec.Executions = slices.Repeat(rec.Executions, 100) // more than a buffer
	for _, format := range export.Names() {
		for _, left := range []int{0, 20, 5000} {
			if err := export.Write(&full{left}, format, rec); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: got %v", format, left, err)
			}
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	want := record()
	var got results.Record
	text := written(t, "json", want)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want.Run.Head.Subject = strings.ToValidUTF8(want.Run.Head.Subject, "\uFFFD")
	if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(text, "null") || strings.Contains(text, "<b>") {
		t.Errorf("the object has null or bare markup:\n%s", text)
	}
	if empty := written(t, "json", &results.Record{}); strings.Contains(empty, "null") {
		t.Errorf("the empty record has null:\n%s", empty)
	}
}

func TestCSVRows(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, "csv", record()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+1+5+4+1+1+3+1 {
		t.Errorf("%d rows", len(rows))
	}
	want := []string{"r1", "3", "1", "false", "enc/ode", "base", "", "", "", "", "", "2026-11-23T09:00:03.123Z", "exit: it ended with status 3", "", "0"}
	if diff := cmp.Diff(want, rows[11]); diff != "" {
		t.Errorf("the faulty execution (-want +got):\n%s", diff)
	}
	if got := rows[9][10]; got != "0.30000000000000004" {
		t.Errorf("value %s, want all digits", got)
	}
}

// TestBlocks: what confirms an alarm is marked in every format.
func TestBlocks(t *testing.T) {
	rec := record()
	for _, e := range record().Executions[1:3] { // one of either side
		e.Seq, e.Block, e.Round = len(rec.Executions), 1, 0
		rec.Executions = append(rec.Executions, e)
	}
	rec.Executions[7].Warmup = true
	if got := written(t, "benchfmt", rec); strings.Count(got, "block: 1") != 1 || strings.Count(got, "block: 0") != 1 {
		t.Errorf("a block of one side:\n%s", got)
	}
	rec.Executions[7].Warmup = false
	var side, block string
	lines := map[string]int{}
	for line := range strings.Lines(written(t, "benchfmt", rec)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "side: "):
			side = line[6:]
		case strings.HasPrefix(line, "block: "):
			block = line[7:]
		case strings.HasPrefix(line, "Benchmark"):
			lines[side+block]++
		}
	}
	if diff := cmp.Diff(map[string]int{"base0": 5, "head0": 2, "head1": 2, "base1": 2}, lines); diff != "" {
		t.Errorf("result lines by side and block (-want +got):\n%s", diff)
	}
	rows, err := csv.NewReader(strings.NewReader(written(t, "csv", rec))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		want := "0"
		switch {
		case i == 0:
			want = "block"
		case row[1] == "7" || row[1] == "8":
			want = "1"
		}
		if got := row[len(row)-1]; got != want {
			t.Errorf("row %d: block %q, want %q", i, got, want)
		}
	}
	var back results.Record
	if err := json.Unmarshal([]byte(written(t, "json", rec)), &back); err != nil || back.Executions[6].Block != 0 || back.Executions[8].Block != 1 {
		t.Errorf("JSON: %+v, %v", back.Executions, err)
	}
}

func TestCSVHarmless(t *testing.T) {
	check := func(name, want string) {
		t.Helper()
		rec := &results.Record{Executions: []results.Execution{{Benchmark: name, Samples: []results.Sample{sample(name, name, name, -1)}}}}
		rows, err := csv.NewReader(strings.NewReader(written(t, "csv", rec))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range []int{4, 6, 7, 8} {
			if got := rows[1][column]; got != want {
				t.Errorf("column %d of %q: got %q, want %q", column, name, got, want)
			}
		}
		if rows[1][10] != "-1" {
			t.Errorf("value %q", rows[1][10])
		}
	}
	check("plain", "plain")
	check("", "")
	check(`=HYPERLINK("x")`, `'=HYPERLINK("x")`)
	check("+1", "'+1")
	check("-1", "'-1")
	check("@a", "'@a")
	check("\t=1", "'\t=1")
	check("'=1", "''=1")
	check("a,\"b\"\nc", "a,\"b\"\nc")
	check("\xff", "\uFFFD")
}
