package source

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestPruneRemovesWhatNobodyUses(t *testing.T) {
	cache := t.TempDir()
	old, open, fresh := newRepo(t), newRepo(t), newRepo(t)
	folders := map[string]string{}
	for name, r := range map[string]repo{"old": old, "open": open, "fresh": fresh} {
		r.commit("first", "a", "1")
		m, err := Open(t.Context(), cache, r.dir)
		r.must(err)
		folders[name] = m.folder
		if name != "open" {
			r.must(m.Close())
		}
	}
	long := time.Now().Add(-time.Hour)
	for _, name := range []string{"old", "open"} {
		old.must(os.Chtimes(filepath.Join(folders[name], "lock"), long, long))
	}
	old.must(os.MkdirAll(filepath.Join(folders["old"], "home-base/mod/deep"), 0o755))
	old.must(os.Chmod(filepath.Join(folders["old"], "home-base/mod"), 0o555))
	old.must(os.WriteFile(filepath.Join(cache, "file"), nil, 0o644))
	removed, err := Prune(cache, time.Now().Add(-time.Minute))
	if err != nil || !slices.Equal(removed, []string{folders["old"]}) {
		t.Errorf("removed %q, %v; want %q", removed, err, folders["old"])
	}
	for name, want := range map[string]bool{"old": false, "open": true, "fresh": true} {
		if _, err := os.Stat(folders[name]); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
}
