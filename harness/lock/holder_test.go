package lock

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestHolderInWords(t *testing.T) {
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	check := func(h Holder, want, age string) {
		t.Helper()
		if got := h.String(); got != want {
			t.Errorf("it says %s, want %s", got, want)
		}
		if got := h.Age(since.Add(90 * time.Second)); got != age {
			t.Errorf("%s: age %q, want %q", want, got, age)
		}
	}
	check(Holder{}, "somebody who did not say who", "")
	check(Holder{PID: 7}, "process 7, which did not say who it is", "")
	check(Holder{PID: 7, User: "ann", What: "run x", Since: since}, "run x of ann (process 7, since 2026-03-01 12:00:00)", ", for 1m30s")
	check(Holder{PID: 7, User: "ann", Since: since, Shared: true, Claimed: true},
		"somebody who says to be something of ann (process 7, since 2026-03-01 12:00:00, shared)", ", for 1m30s")
	check(Holder{PID: 7, User: "ann", What: "run x", Since: since.AddDate(9, 0, 0)}, "run x of ann (process 7, since 2035-03-01 12:00:00)", ", for 0s")
}

func TestNames(t *testing.T) {
	check := func(count int, want string) {
		t.Helper()
		if got := Names(make([]Holder, count)); !strings.HasSuffix(got, want) || strings.Count(got, "somebody") != min(count, mostNames) {
			t.Errorf("%d holders: %s", count, got)
		}
	}
	check(0, "")
	check(2, "somebody who did not say who, and somebody who did not say who")
	check(mostNames, "who")
	check(mostNames+3, ", and 3 more")
}

// FuzzParse: whatever stands in the file, what is read is short and printable, and
// whoever writes next is understood.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"pid":12,"user":"ann","what":"run","since":"2026-01-01T00:00:00+05:30","shared":true,"claimed":true}`), "ann", "run x")
	f.Add([]byte("{\"pid\":-1}\n\n[]\nnull\n{\"pid\":1e9,\"user\":\"\x1b\"}"), "\x1b]0;x\a", strings.Repeat("<", 300))
	f.Add([]byte(strings.Repeat("{", 5000)), strings.Repeat("\u2028", 100), "\xff\n")
	f.Fuzz(func(t *testing.T, text []byte, user, what string) {
		if user == "" {
			user = "x"
		}
		next := Holder{User: user, What: what, PID: 1, Since: time.Unix(1e9, 5).In(time.FixedZone("", 19800))}
		list := parse(append(text, next.line()...))
		if len(list) == 0 {
			t.Fatal("the next writer is not understood")
		}
		if diff := cmp.Diff(next.clean(), list[len(list)-1]); diff != "" || next.clean() != list[len(list)-1] {
			t.Errorf("read again it is another:\n%s", diff) // or its time's zone is, and waiters would think that something changed
		}
		for _, h := range list {
			if len([]rune(h.User)) > mostUser || len([]rune(h.What)) > mostWhat || h.PID <= 0 || h.Claimed {
				t.Errorf("out of bounds: %+v", h)
			}
			if at := strings.IndexFunc(h.String(), func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 {
				t.Errorf("not printable: %q", h)
			}
		}
	})
}
