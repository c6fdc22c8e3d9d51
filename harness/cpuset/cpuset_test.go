package cpuset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	check := func(list string, want Set, wantErr string) {
		t.Helper()
		got, err := Parse(list)
		switch {
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
			t.Errorf("Parse(%q): error %v, want one with %q", list, err, wantErr)
		case wantErr == "" && err != nil:
			t.Errorf("Parse(%q): %v", list, err)
		case !cmp.Equal(got, want):
			t.Errorf("Parse(%q) = %v, want %v", list, got, want)
		}
	}
	check("", nil, "")
	check("\n", nil, "") // an empty cpuset file
	check("3", Set{3}, "")
	check("0-3,8\n", Set{0, 1, 2, 3, 8}, "")
	check("8, 0-1,1", Set{0, 1, 8}, "")
	check("3-1", nil, "runs backwards")
	check("1-", nil, "is not a CPU number")
	check("-1", nil, "is not a CPU number")
	check("a", nil, "is not a CPU number")
	check("1,,2", nil, "is not a CPU number")
	check("0-4000000000", nil, "is not a CPU number")
	check("0-999999", nil, "beyond any CPU")
}

func TestSets(t *testing.T) {
	a, b := Of(3, 1, 2, 2), Of(2, 3, 9)
	if diff := cmp.Diff(Set{1, 2, 3, 9}, a.Union(b)); diff != "" {
		t.Errorf("union (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Set{1}, a.Minus(b)); diff != "" {
		t.Errorf("minus (-want +got):\n%s", diff)
	}
	if !Of(2, 3).Within(b) || a.Within(b) {
		t.Error("within is wrong")
	}
	if got := a.First(2); !got.Equal(Of(1, 2)) {
		t.Errorf("first 2 of %v = %v", a, got)
	}
	if got := a.First(9); !got.Equal(a) {
		t.Errorf("first 9 of %v = %v", a, got)
	}
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Of(rapid.SliceOf(rapid.IntRange(0, 300)).Draw(t, "cpus")...)
		got, err := Parse(want.String())
		if err != nil || !got.Equal(want) {
			t.Fatalf("Parse(%q) = %v, %v; want %v", want.String(), got, err, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("0-3,8")
	f.Add("1-,")
	f.Fuzz(func(t *testing.T, list string) {
		set, err := Parse(list)
		if err != nil {
			return
		}
		again, err := Parse(set.String())
		if err != nil || !again.Equal(set) {
			t.Fatalf("%q is %v, and again %v, %v", list, set, again, err)
		}
	})
}
