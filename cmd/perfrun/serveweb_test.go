package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
)

// TestHealth: what is wrong is a sentence, and what merely is has a name of people's.
func TestHealth(t *testing.T) {
	share := 0.0125
	got := healthOf(box.Status{
		Troubles: []string{"suite tour was never calibrated"}, DiskFree: 82 << 30, DiskReserve: 10 << 30,
		Link: "up since noon", Contaminated: &share,
	})
	want := []results.Finding{
		{Topic: "now", Grade: results.GradeBad, Is: "Suite tour was never calibrated."},
		{Topic: "now", Name: "Disk", Grade: results.GradeFact, Is: "82.00 GiB free, nothing is begun below 10.00 GiB"},
		{Topic: "now", Name: "Tunnel", Grade: results.GradeFact, Is: "up since noon"},
		{Topic: "now", Name: "Disturbed executions", Grade: results.GradeFact, Is: "1.2 % in the latest runs; they do not count"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReportLinksCommits: as the flag says, else as the configuration does.
func TestReportLinksCommits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "perfrun.yml")
	if err := os.WriteFile(file, []byte("web: {commits: 'https://git.example.com/%s'}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PERFRUN_CONFIG", file)
	check := func(flag, want string) {
		t.Helper()
		page := reports.Page{}
		if err := linkCommits(&page, flag); err != nil || page.RepositoryURL != want {
			t.Errorf("with %q commits are at %q, %v", flag, page.RepositoryURL, err)
		}
	}
	check("", "https://git.example.com/%s")
	check("https://other.example.com/%s", "https://other.example.com/%s")
}
