package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"

	"mtrlz.dev/perfrun/results"
)

func sampleRecord() *results.Record {
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	rate := results.Metric{Case: "big one/x", Name: "B/s", Unit: "B/s", Better: results.Higher}
	hostile := results.Metric{Case: "=cmd|'/C calc'!A0\n\"<script>", Name: "sec/op", Unit: "sec/op", Better: results.Lower}
	run := results.Run{ID: "abc", Suite: "s\nside: head", Base: results.Commit{Rev: "b"}, Head: results.Commit{Rev: "h"}, Env: []results.Fact{{Name: "cpu.model", Value: "X"}}}
	at := time.Unix(1, 5).UTC()
	return &results.Record{Run: run, Executions: []results.Execution{
		{Seq: 0, Warmup: true, Benchmark: "load", Side: results.Base, Started: at, Samples: []results.Sample{{Metric: wall, Value: 99}}},
		{Seq: 1, Benchmark: "load", Side: results.Head, Started: at, Samples: []results.Sample{
			{Metric: wall, Value: 0.1}, {Metric: rate, Value: 3}, {Metric: rate, Value: 1}, {Metric: rate, Value: 2}, {Metric: hostile, Value: 1e-9},
		}},
		{Seq: 2, Benchmark: "load", Side: results.Base, Started: at, Samples: []results.Sample{{Metric: wall, Value: 0.30000000000000004}}},
		{Seq: 3, Benchmark: "load one", Side: results.Base, Started: at, Samples: []results.Sample{{Metric: wall, Value: 5}}},
		{Seq: 4, Benchmark: "load_one", Side: results.Base, Started: at, Samples: []results.Sample{{Metric: wall, Value: 6}}},
		{Seq: 5, Benchmark: "load", Side: results.Head, Started: at, Fault: &results.Fault{Kind: results.FaultExit, Detail: "-1"}},
	}}
}

func write(t *testing.T, format string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, sampleRecord()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBenchfmtIsReadBackWhole(t *testing.T) {
	type line struct {
		Side, Name, Unit string
		Value            float64
	}
	var got []line
	reader := benchfmt.NewReader(strings.NewReader(write(t, "benchfmt")), "x")
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.Result:
			for _, v := range r.Values {
				got = append(got, line{r.GetConfig("side"), string(r.Name), v.Unit, v.Value})
			}
			if r.GetConfig("suite") != "s side: head" || r.GetConfig("cpu.model") != "X" {
				t.Errorf("configuration of %s: suite %q", r.Name, r.GetConfig("suite"))
			}
		case *benchfmt.SyntaxError:
			t.Error(r)
		}
	}
	want := []line{
		{"head", "Load", "wall-sec", 0.1},
		{"head", "Load/big_one/x", "B/s", 2},
		{"head", "Load/=cmd|'/C_calc'!A0_\"<script>", "sec/op", 1e-9},
		{"base", "Load", "wall-sec", 0.30000000000000004},
		{"base", "Load_one", "wall-sec", 5},
		{"base", "Load_one~2", "wall-sec", 6},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := write(t, "benchfmt"); !strings.Contains(text, "Unit B/s better=higher\n") || strings.Contains(text, "Unit wall-sec") {
		t.Errorf("unit lines are wrong:\n%s", text)
	}
}

func TestCSVHasEverySampleAndEveryFailure(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(write(t, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+1+5+1+1+1+1 {
		t.Fatalf("%d rows", len(rows))
	}
	if diff := cmp.Diff(csvHeader, rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"abc", "1", "0", "false", "load", "head", "'=cmd|'/C calc'!A0\n\"<script>", "sec/op", "sec/op", "lower", "1e-09", "1970-01-01T00:00:01.000000005Z", ""}, rows[6]); diff != "" {
		t.Error(diff)
	}
	if last := rows[len(rows)-1]; last[10] != "" || last[12] != "exit: -1" {
		t.Errorf("the failed execution is %q", last)
	}
}

func TestJSONIsTheRecord(t *testing.T) {
	var got results.Record
	if err := json.Unmarshal([]byte(write(t, "json")), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleRecord(), &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "xml", sampleRecord())
	if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Kind != results.BadInput {
		t.Errorf("error %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestWriterThatFails(t *testing.T) {
	for _, format := range Names() {
		if err := Write(full{}, format, sampleRecord()); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: error %v", format, err)
		}
	}
}
