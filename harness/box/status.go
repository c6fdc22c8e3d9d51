package box

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Status is how a box is, for people and machines that watch it.
type Status struct {
	Version      string        `json:"version"`
	Host         string        `json:"host"`
	Class        string        `json:"host_class,omitempty"`
	Since        time.Time     `json:"since"` // the daemon runs
	Now          time.Time     `json:"now"`
	Paused       bool          `json:"paused"`
	Held         string        `json:"held,omitempty"` // why nothing is begun: who holds the machine, or what is missing
	Waiting      int           `json:"waiting"`
	Running      string        `json:"running,omitempty"` // the job that is being run
	OldestWaits  time.Duration `json:"oldest_waits_ns"`
	LastDone     time.Time     `json:"last_done,omitzero"`
	DiskFree     int64         `json:"disk_free_bytes"`
	DiskReserve  int64         `json:"disk_reserve_bytes"`
	Contaminated *float64      `json:"contaminated,omitempty"` // share of the latest runs' executions that something disturbed; nil: none was watched
	Calibrations []Calibrated  `json:"calibrations"`           // the latest of each suite that was measured here lately
	Link         string        `json:"link,omitempty"`         // how the tunnel is, in a sentence; empty where there is no relay
	LinkUp       bool          `json:"link_up"`
	Troubles     []string      `json:"troubles"` // what somebody should look at, worst first
}

// Calibrated is when a suite's noise was last measured on this box.
type Calibrated struct {
	Suite string    `json:"suite"`
	At    time.Time `json:"at,omitzero"` // zero: it never was
}

// Judge fills in Troubles from the rest.
func (s *Status) Judge() {
	s.Troubles = []string{}
	add := func(format string, args ...any) { s.Troubles = append(s.Troubles, fmt.Sprintf(format, args...)) }
	if s.DiskFree < s.DiskReserve {
		add("only %d MiB of disk are free: nothing is begun below %d", s.DiskFree>>20, s.DiskReserve>>20)
	}
	if s.Paused && s.Waiting > 0 {
		add("the queue is paused, and %d jobs wait", s.Waiting)
	}
	if s.Waiting > 0 && s.Running == "" && !s.Paused && s.OldestWaits > stuck {
		add("a job has waited for %s and none is being run%s", s.OldestWaits.Round(time.Minute), because(s.Held))
	}
	if s.Link != "" && !s.LinkUp {
		add("the tunnel: %s", s.Link)
	}
	for _, c := range s.Calibrations {
		if c.At.IsZero() {
			add("suite %s was never calibrated: nobody knows its noise floor here", c.Suite)
			continue
		}
		if age := s.Now.Sub(c.At); age > results.CalibrationAge {
			add("suite %s was last calibrated %d days ago: perfrun calibrate", c.Suite, int(age.Hours()/24))
		}
	}
}

func because(held string) string {
	if held == "" {
		return ""
	}
	return ": " + held
}

// stuck is how long a job may wait while nothing is run: what holds the machine by
// hand, or a try that waits, is over by then, or somebody should know.
const stuck = 30 * time.Minute

// Metrics writes the status for Prometheus' text file collector.
func (s Status) Metrics() string {
	var b strings.Builder
	gauge := func(name, help string, value float64) {
		fmt.Fprintf(&b, "# HELP perfrun_%s %s\n# TYPE perfrun_%s gauge\nperfrun_%s %g\n", name, help, name, name, value)
	}
	gauge("up_since_seconds", "When the daemon started, in seconds since 1970.", seconds(s.Since))
	gauge("written_seconds", "When this was written, in seconds since 1970.", seconds(s.Now))
	gauge("queue_length", "Jobs that wait.", float64(s.Waiting))
	gauge("queue_oldest_seconds", "How long the oldest of them has waited.", s.OldestWaits.Seconds())
	gauge("queue_paused", "Whether the queue is paused.", number(s.Paused))
	gauge("running", "Whether a job is being run.", number(s.Running != ""))
	gauge("last_done_seconds", "When a job last ended as done, in seconds since 1970; 0: never.", seconds(s.LastDone))
	gauge("disk_free_bytes", "Disk space that is free.", float64(s.DiskFree))
	gauge("disk_reserve_bytes", "Disk space below which nothing is begun.", float64(s.DiskReserve))
	if s.Contaminated != nil {
		gauge("contaminated_ratio", "Share of the latest runs' executions that something disturbed.", *s.Contaminated)
	}
	if s.Link != "" {
		gauge("link_up", "Whether the tunnel leads to this box.", number(s.LinkUp))
	}
	gauge("troubles", "Things that somebody should look at.", float64(len(s.Troubles)))
	if len(s.Calibrations) > 0 {
		b.WriteString("# HELP perfrun_calibrated_seconds When a suite was last calibrated, in seconds since 1970.\n# TYPE perfrun_calibrated_seconds gauge\n")
	}
	for _, c := range s.Calibrations {
		fmt.Fprintf(&b, "perfrun_calibrated_seconds{suite=\"%s\"} %g\n", labelValue(c.Suite), seconds(c.At))
	}
	return b.String()
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// labelValue escapes text as Prometheus' exposition format has it.
func labelValue(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(strings.ToValidUTF8(s, "\ufffd"))
}

// WriteMetrics replaces the text file as a whole: a collector may read it at any
// moment.
func WriteMetrics(path string, s Status) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".perfrun-*")
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	defer os.Remove(file.Name()) // gone by its name after the rename
	_, err = file.WriteString(s.Metrics())
	if err == nil {
		err = file.Chmod(0o644)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}
