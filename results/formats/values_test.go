package formats_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
	"mtrlz.dev/perfrun/results/formats/unit"
)

func readValues(stdout string) ([]results.Sample, error) {
	return formats.Read("values", formats.Output{Stdout: []byte(stdout)})
}

func TestValues(t *testing.T) {
	check := func(stdout, want string) {
		t.Helper()
		samples, err := readValues(stdout)
		if err != nil {
			t.Errorf("%q: %v", stdout, err)
		}
		if got := text(samples); got != want {
			t.Errorf("%q: got %swant %s", stdout, got, want)
		}
	}
	check("a 1", "\"\" \"a\" \"\" lower: 1\n")
	check("\n# c\r\n  a\t-1.5e3   ms \r\na 2 ms\n", "\"\" \"a\" \"ms\" lower: -1500 2\n")
	check("a 0x1p4 ops/s\n", "\"\" \"a\" \"ops/s\" higher: 16\n")
	check(`"p99 \"x\" # y" 3 B`, "\"\" \"p99 \\\"x\\\" # y\" \"B\" lower: 3\n")
	check("';DROP 1\n", "\"\" \"';DROP\" \"\" lower: 1\n")
	check("a\xff\xfeb 1 \xff\n", "\"\" \"a�b\" \"�\" lower: 1\n")
	check("<script>alert(1)</script> 1\n", "\"\" \"<script>alert(1)</script>\" \"\" lower: 1\n")
	check("\"a\\nb\" 1\n", "\"\" \"a\\nb\" \"\" lower: 1\n")
	check(`"a\/\ud83d\ude00" 1`, "\"\" \"a/😀\" \"\" lower: 1\n")
	check("a 1e-400\n", "\"\" \"a\" \"\" lower: 0\n")
}

func TestValuesRefused(t *testing.T) {
	check := func(stdout string, none bool, what string) {
		t.Helper()
		_, err := readValues(stdout)
		wantError(t, err, none, what)
	}
	check("", true, "no result in 0 lines")
	check("\n# only\n", true, "no result in 2 lines")
	check("a 1\nb NaN ms\n", false, `stdout:2: the value "NaN" is not finite in "b NaN ms"`)
	check("a -Inf\n", false, `stdout:1: the value "-Inf" is not finite`)
	check("a 1e999\n", false, `"1e999" is too large`)
	check("a 1,5 ms\n", false, `"1,5" is not a number`)
	check("a\n", false, "there is no value")
	check("a 1 ms extra\n", false, "3 words after the name")
	check("\"a 1\n", false, "does not end")
	check("\"a\\q\" 1\n", false, "wrong escape")
	check("\"a\"1 ms\n", false, "no blank after the quoted name")
	check("\"\" 1\n", false, "the name is empty")
	check("\x1b[31mred\x1b[0m\n", false, `there is no value in "\x1b[31mred`)
	check("x"+strings.Repeat("é", 5000)+"\n", false, "é\"...; print one result")
	_, err := formats.Read("values", formats.Output{Stdout: []byte("a 1\n"), Truncated: true})
	wantError(t, err, false, "only the first 4 bytes were kept")
	_, err = readValues(strings.Repeat("é", 5000))
	if len(err.Error()) > 600 {
		t.Errorf("the error repeats %d bytes of the output", len(err.Error()))
	}
}

// TestValuesRoundTrip: what is printed as the format says is read back.
func TestValuesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 20, -1).Draw(t, "name")
		value := rapid.Float64().Filter(func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }).Draw(t, "value")
		of := rapid.SampledFrom([]string{"", "ms", "ops/s", "µs"}).Draw(t, "unit")
		samples, err := readValues(line(name, value, of))
		if err != nil {
			t.Fatal(err)
		}
		want := results.Sample{Metric: results.Metric{Name: name, Unit: of, Better: unit.Better(of)}, Value: value}
		if len(samples) != 1 || samples[0] != want {
			t.Fatalf("got %+v, want %+v", samples, want)
		}
	})
}

// line prints a result as the format wants it.
func line(name string, value float64, unit string) string {
	return fmt.Sprintf("%q %v %s\n", name, value, unit)
}

func FuzzValues(f *testing.F) {
	for _, seed := range []string{"a 1 ms\n", "\"a b\" 0x1p-3\n# c\n", "a NaN\n", "\xff 1 \xff\n", "\"\\xff\" 1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) { sound(t, "values", formats.Output{Stdout: stdout}) })
}

// sound holds what Read promises of any output.
func sound(t *testing.T, format string, out formats.Output) {
	samples, err := formats.Read(format, out)
	if (err == nil) != (len(samples) > 0) {
		t.Fatalf("%d samples and error %v", len(samples), err)
	}
	if err != nil {
		wantError(t, err, strings.Contains(err.Error(), "no result in") || strings.Contains(err.Error(), "no line of a Go") || strings.Contains(err.Error(), "wrote no result"), "")
	}
	for _, s := range samples {
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			t.Errorf("value %v", s.Value)
		}
		if m := s.Metric; !utf8.ValidString(m.Case+m.Name+m.Unit) || m.Better != results.Lower && m.Better != results.Higher {
			t.Errorf("metric %+q", m)
		}
	}
}
