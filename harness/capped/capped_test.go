package capped

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
		log, err := Open(path, 100)
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
	if len(text) != 100+len(Mark) || strings.Count(string(text), Mark) != 1 || !strings.HasPrefix(string(text), "line 000\nline 001\n") {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
}
