package suite

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

func TestOutput(t *testing.T) {
	check := func(keys, output, problem string) {
		t.Helper()
		s, err := Parse("p", []byte("suite: s\nbenchmarks: [{name: a, run: b"+keys+"}]\n"))
		wrong, _ := errors.AsType[*results.Problem](err)
		switch {
		case problem == "" && (err != nil || s.Benchmarks[0].Output != output):
			t.Errorf("%s: %v, %+v", keys, err, s)
		case problem != "" && (wrong == nil || !strings.Contains(wrong.Error(), problem)):
			t.Errorf("%s: %v, want %s", keys, err, problem)
		}
	}
	check(", format: hyperfine, output: ./out//r.json", "out/r.json", "")
	check(", format: values", "", "")
	check(", format: jmh, output: ../r.json", "", "leads out of the repository")
	check(", format: criterion, output: r", "", `the benchmark "a" has an output file, which the format criterion does not read; take output: out`)
	check(", output: r", "", "which the format wall does not read")
	check(", format: hyperfin", "", "did you mean hyperfine?")
}

// TestSchemaFormats holds the schema's formats against those that are read.
func TestSchemaFormats(t *testing.T) {
	var schema struct {
		Properties struct {
			Benchmarks struct {
				Items struct {
					Properties struct {
						Format struct{ Enum []string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(Schema, &schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(formats.Names(), schema.Properties.Benchmarks.Items.Properties.Format.Enum); diff != "" {
		t.Errorf("-read +schema\n%s", diff)
	}
}
