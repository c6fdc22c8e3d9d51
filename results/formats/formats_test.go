package formats_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

var update = flag.Bool("update", false, "write the golden files anew")

// text shows samples one metric a line, in the order they first appear.
func text(samples []results.Sample) string {
	var order []results.Metric
	values := map[results.Metric]string{}
	for _, s := range samples {
		if _, seen := values[s.Metric]; !seen {
			order = append(order, s.Metric)
		}
		values[s.Metric] += fmt.Sprintf(" %v", s.Value)
	}
	var b strings.Builder
	for _, m := range order {
		fmt.Fprintf(&b, "%q %q %q %s:%s\n", m.Case, m.Name, m.Unit, m.Better, values[m])
	}
	return b.String()
}

// golden compares with testdata/golden/name, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
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

// TestRealOutput reads every recorded output of the text formats.
func TestRealOutput(t *testing.T) {
	for _, format := range []string{"go", "values"} {
		files, err := filepath.Glob(filepath.Join("testdata", format, "*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no outputs for %s: %v", format, err)
		}
		for _, file := range files {
			stdout, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			samples, err := formats.Read(format, formats.Output{Stdout: stdout})
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			golden(t, format+"-"+filepath.Base(file), text(samples))
		}
	}
}

// wantError checks that an error says what, is a problem, and is or is not for
// want of a result.
func wantError(t *testing.T, err error, none bool, what string) {
	t.Helper()
	var problem *results.Problem
	switch {
	case !errors.As(err, &problem):
		t.Errorf("error %v is no problem, want one with %q", err, what)
	case !strings.Contains(err.Error(), what):
		t.Errorf("error %q does not say %q", err, what)
	case errors.Is(err, formats.ErrNoResult) != none:
		t.Errorf("error %q: is for want of a result: %t, want %t", err, !none, none)
	case strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }):
		t.Errorf("error %q is not fit for a terminal", err)
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := formats.Read("j\x1bmh", formats.Output{})
	wantError(t, err, false, `no format "j\x1bmh"; choose one of wall, go, criterion, values, google-benchmark, hyperfine, pytest-benchmark, jmh`)
}

func TestWall(t *testing.T) {
	accounts := results.Accounts{Wall: 1500 * time.Millisecond, User: time.Second, System: 250 * time.Millisecond, MaxRSS: 4096}
	check := func(format, stdout, want string, names ...string) {
		t.Helper()
		samples, err := formats.Read(format, formats.Output{Stdout: []byte(stdout), Truncated: format == "wall", Accounts: accounts, Account: names})
		if err != nil {
			t.Fatal(err)
		}
		if got := text(samples); got != want {
			t.Errorf("accounts %q of %s: got %s, want %s", names, format, got, want)
		}
	}
	check("wall", "", "\"\" \"wall\" \"sec\" lower: 1.5\n")
	check("wall", "x 1\n", "\"\" \"max-rss\" \"B\" lower: 4096\n\"\" \"cpu\" \"sec\" lower: 1.25\n", "max-rss", "cpu")
	check("values", "x 1\n", "\"\" \"x\" \"\" lower: 1\n\"\" \"wall\" \"sec\" lower: 1.5\n", "wall")

	_, err := formats.Read("wall", formats.Output{Account: []string{"joules"}})
	wantError(t, err, false, `there is no account "joules"`)
	_, err = formats.Read("values", formats.Output{Stdout: []byte("wall 1 sec\n"), Account: []string{"wall"}})
	wantError(t, err, false, "metric wall of its own")
}
