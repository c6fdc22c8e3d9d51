package box

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStatusNamesTroubles(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	check := func(what string, want string, change func(*Status)) {
		t.Helper()
		s := Status{Now: now, DiskFree: 20 << 30, DiskReserve: 10 << 30, Link: "up", LinkUp: true, Calibrations: []Calibrated{{"s", now.Add(-time.Hour)}}}
		change(&s)
		s.Judge()
		if got := strings.Join(s.Troubles, "; "); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("a healthy box", "", func(*Status) {})
	check("a full disk", "only 1024 MiB of disk are free: nothing is begun below 10240", func(s *Status) { s.DiskFree = 1 << 30 })
	check("paused", "", func(s *Status) { s.Paused = true })
	check("paused while jobs wait", "the queue is paused, and 3 jobs wait", func(s *Status) { s.Paused, s.Waiting = true, 3 })
	check("a queue that moves", "", func(s *Status) { s.Waiting, s.OldestWaits, s.Running = 3, time.Hour, "a" })
	check("a queue that does not", "a job has waited for 1h0m0s and none is being run", func(s *Status) { s.Waiting, s.OldestWaits = 3, time.Hour })
	check("a queue that is held", "none is being run: a person has the machine", func(s *Status) {
		s.Waiting, s.OldestWaits, s.Held = 3, time.Hour, "a person has the machine"
	})
	check("a tunnel that is down", "the tunnel: the relay does not answer", func(s *Status) { s.Link, s.LinkUp = "the relay does not answer", false })
	check("no tunnel", "", func(s *Status) { s.Link, s.LinkUp = "", false })
	check("no calibration", "suite s was never calibrated", func(s *Status) { s.Calibrations[0].At = time.Time{} })
	check("an old calibration", "suite s was last calibrated 40 days ago", func(s *Status) { s.Calibrations[0].At = now.AddDate(0, 0, -40) })
}

func TestMetrics(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s := Status{Now: now, Waiting: 2, Running: "a", Calibrations: []Calibrated{{"a\"\\\n\xff", now}}}
	path := filepath.Join(t.TempDir(), "perfrun.prom")
	for range 2 {
		if err := WriteMetrics(path, s); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nperfrun_queue_length 2\n", "\nperfrun_running 1\n", "\nperfrun_written_seconds 1.7e+09\n", "\nperfrun_last_done_seconds 0\n",
		"perfrun_calibrated_seconds{suite=\"a\\\"\\\\\\n\ufffd\"} 1.7e+09\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "contaminated") || strings.Contains(string(text), "link_up") {
		t.Errorf("what is not known is told:\n%s", text)
	}
	if err := WriteMetrics("/no/such/folder/x", s); err == nil {
		t.Error("metrics were written to nowhere")
	}
}
