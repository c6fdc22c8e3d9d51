package box

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
