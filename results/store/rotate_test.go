package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestBackupsRotate(t *testing.T) {
	dir := t.TempDir()
	path, folder := filepath.Join(dir, "perfrun.db"), filepath.Join(dir, "backups")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SaveRun(t.Context(), exampleRun("a")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(folder, "perfrun-before-the-upgrade.db")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for day := range 5 {
		made, removed, err := BackupInto(t.Context(), path, folder, 3, at.AddDate(0, 0, day))
		if err != nil || len(removed) != min(max(day-2, 0), 1) {
			t.Fatalf("day %d: %q, %q, %v", day, made, removed, err)
		}
	}
	list, _ := filepath.Glob(filepath.Join(folder, "*"))
	if len(list) != 4 || filepath.Base(list[0]) != "perfrun-20261125T120000Z.db" || list[3] != mine {
		t.Errorf("%q", list)
	}
	copied, err := OpenReadOnly(t.Context(), list[0])
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := copied.Run(t.Context(), "a"); err != nil {
		t.Errorf("the copy lacks the run: %v", err)
	}
	if _, _, err := BackupInto(t.Context(), path, folder, 3, at.AddDate(0, 0, 4)); err == nil {
		t.Error("a backup was overwritten")
	}
}
