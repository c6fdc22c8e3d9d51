package export

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// ended is the text of a run's file.
func ended(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/run.json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), `"benchmarks": []`, `"benchmarks": [{"name": "enc/ode"}, {"name": "decode"}]`, 1)
}

func TestReadWhatWasWritten(t *testing.T) {
	record, err := Read(strings.NewReader(ended(t)), "f")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, "json", record); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&b, "f")
	if diff := cmp.Diff(record, again); err != nil || diff != "" || len(record.Executions) == 0 {
		t.Errorf("%v (-first +again):\n%s", err, diff)
	}
}

func TestReadRefuses(t *testing.T) {
	check := func(want string, change func(string) string) {
		t.Helper()
		text := change(ended(t))
		record, err := Read(strings.NewReader(text), "f.json")
		problem, ok := errors.AsType[*results.Problem](err)
		if record != nil || !ok || problem.Kind != results.BadInput || problem.Where != "f.json" || !strings.Contains(problem.What, want) || problem.Next == "" {
			t.Errorf("%v, want %q", err, want)
		}
	}
	swap := func(old, with string) func(string) string {
		return func(text string) string {
			if !strings.Contains(text, old) {
				t.Fatalf("there is no %s to replace", old)
			}
			return strings.Replace(text, old, with, 1)
		}
	}
	check("line 1, column 1", func(string) string { return "" })
	check("it is no run of perfrun's", func(string) string { return "{}" })
	check("it is no run of perfrun's", swap(`"perfrun_format": 1,`, ""))
	check("line ", func(text string) string { return text[:len(text)/2] })
	check("invalid character", func(text string) string { return text + "x" })
	check("written by a newer perfrun (format 2, this one knows 1)", swap(`"perfrun_format": 1`, `"perfrun_format": 2`))
	check("line 4, column", swap(`"id": "r1"`, `"id": 7`))
	check(`unknown field "surprise"`, swap(`"id": "r1"`, `"id": "r1", "surprise": 1`))
	check("the run has no id", swap(`"id": "r1"`, `"id": ""`))
	check("only what has ended can be read", swap(`"state": "done"`, `"state": "measuring"`))
	check("the run names no suite", swap(`"suite": "data\nflow"`, `"suite": ""`))
	check(`is of benchmark "enc/ode", which the run does not have`, swap(`{"name": "enc/ode"}, `, ""))
	check("stands where number 0 belongs", swap(`"seq": 0`, `"seq": 5`))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(ended(f)))
	f.Add([]byte(`{"perfrun_format":1,"run":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		record, err := Read(bytes.NewReader(text), "f")
		if (record == nil) == (err == nil) {
			t.Fatalf("%v and %v", record, err)
		}
	})
}
