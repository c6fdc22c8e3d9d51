package box

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALogIsCutOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	for range 2 { // two tries
		log, err := OpenLog(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if n, err := fmt.Fprintf(log, "line %03d\n", i); n != 9 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) != 100+len(cutHere) || strings.Count(string(text), cutHere) != 1 || !strings.HasPrefix(string(text), "line 000\nline 001\n") {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
}

func TestLastLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	check := func(text, want string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := LastLine(path); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
	check("", "")
	check("unfinished", "")
	check("a\nround 3 of 40\nunfin", "round 3 of 40")
	check("a\nb\n\n\n", "b")
	check(strings.Repeat("x", 10_000)+"\nend\n", "end")
	check(strings.Repeat("x", 10_000), "")
	if got := LastLine("/no/such/file"); got != "" {
		t.Errorf("%q", got)
	}
}
