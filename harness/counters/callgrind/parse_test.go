package callgrind

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// part is as callgrind 3.19 writes it, with fewer costs.
const part = `desc: Trigger: Program termination

positions: line
events: Ir
summary: 243405

ob=(3) /usr/bin/dash
fl=(1) ???
fn=(12) part: of::a(events: x)
0 243000
+3 441
cfn=(14)
calls=1 0
* 7

totals: 243441
`

const head = "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 12\ncmd:  /bin/sh -c true\\ntotals: 99\npart: 1\n\n"

func TestParse(t *testing.T) {
	check := func(what, text string, want uint64, wantErr string) {
		t.Helper()
		got, err := Parse(strings.NewReader(text))
		if got != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %d, %v; want %d, %q", what, got, err, want, wantErr)
		}
	}
	check("one part", head+part, 243441, "")
	check("two parts", head+part+"\npart: 2\n"+part, 486882, "")
	check("no end of the last line", strings.TrimSpace(head+part), 0, "as if its process had been killed")
	check("ends of lines of another system", strings.ReplaceAll(head+part, "\n", "\r\n"), 243441, "")
	check("more events", "events: Dr Ir Dw\ntotals: 5 7 9\n", 7, "")
	check("zeros are left out", "events: Dr Ir Dw\ntotals: 5\n", 0, "")
	check("long names", "events: Ir\nfn=(1) "+strings.Repeat("totals: 1\t", 100000)+"\ntotals: 3\n", 3, "")
	check("empty, of a killed process", "", 0, "as if its process had been killed")
	check("no totals", strings.TrimSuffix(head+part, "totals: 243441\n"), 0, "as if its process had been killed")
	check("no second totals", head+part+"part: 2\nevents: Ir\nsummary: 5\n", 0, "as if its process had been killed")
	check("a part in a part", "events: Ir\npart: 2\nevents: Ir\ntotals: 5\n", 0, "as if its process had been killed")
	check("events twice", "events: Ir\nevents: Ir\ntotals: 5\n", 0, "as if its process had been killed")
	check("other events", "events: Cycles Bus\ntotals: 5 6\n", 0, `its events are ["Cycles" "Bus"] and Ir is not among them`)
	check("no events", "events:\ntotals: 5\n", 0, "Ir is not among them")
	check("totals first", "totals: 5\nevents: Ir\n", 0, "totals of no events")
	check("totals twice", "events: Ir\ntotals: 5\ntotals: 5\n", 0, "totals of no events")
	check("no number", "events: Ir\ntotals: 5e3\n", 0, `"5e3", which is no number`)
	check("negative", "events: Ir\ntotals: -5\n", 0, "which is no number")
	check("too large", "events: Ir\ntotals: 18446744073709551616\n", 0, "which is no number")
	check("too large together", "events: Ir\ntotals: 18446744073709551615\nevents: Ir\ntotals: 1\n", 0, "more than can be counted")
	check("something else", "\x7fELF\x00\x01", 0, "as if its process had been killed")
}

// TestPartsAddUp: a file is worth the sum of its parts, and one that is cut is worth
// nothing or the parts that are whole.
func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, sums := head, []uint64{0}
		for _, n := range rapid.SliceOfN(rapid.Uint64Max(math.MaxUint64/10), 1, 8).Draw(t, "counts") {
			text += strings.ReplaceAll(part, "totals: 243441", "totals: "+strconv.FormatUint(n, 10))
			sums = append(sums, sums[len(sums)-1]+n)
		}
		if got, err := Parse(strings.NewReader(text)); err != nil || got != sums[len(sums)-1] {
			t.Fatalf("%d, %v; want the last of %d", got, err, sums)
		}
		cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
		if got, err := Parse(strings.NewReader(text[:cut])); err == nil && !slices.Contains(sums[1:len(sums)-1], got) {
			t.Fatalf("cut to %d bytes it is %d, of parts %d", cut, got, sums)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", head + part, head + part + "part: 2\n" + part, "events: Dr Ir\ntotals: 5\n", "events: Ir\r\ntotals: 18446744073709551615",
		"part: 1\npart: 2\n", "events: Ir Ir\ntotals: 1 2 3", "totals: 1", "events",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(strings.NewReader(text))
		if err != nil && got != 0 {
			t.Errorf("the error %v with the count %d", err, got)
		}
		if err != nil || !strings.HasSuffix(text, "\n") {
			return
		}
		again, err := Parse(strings.NewReader(text + "events: Ir\ntotals: 1\n"))
		if got < math.MaxUint64 && (err != nil || again != got+1) {
			t.Errorf("%d, and with one more %d, %v", got, again, err)
		}
		if _, err := Parse(strings.NewReader(text + "events: Ir\n")); !errors.Is(err, ErrIncomplete) {
			t.Errorf("a part without totals: %v", err)
		}
	})
}
