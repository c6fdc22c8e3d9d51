package gate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// world is a machine whose clock and files a test moves. It has two CPUs.
type world struct {
	t         *testing.T
	root      string
	now       time.Time
	steps     int
	busy      func(step int) float64 // share of the CPUs that cc1plus uses from one second to the next
	heat      func(step int) float64 // degrees; nil: no sensor
	used, all int                    // ticks of both CPUs together
}

var start = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	return &world{t: t, root: t.TempDir(), now: start, used: 1000, all: 50000}
}

// plant writes a tree: a path and its text a line.
func plant(t *testing.T, root, tree string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(tree), "\n") {
		path, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, `\n`, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// stat is the text of /proc/PID/stat.
func stat(pid int, name string, user, system, begin int) string {
	return fmt.Sprintf("%d (%s) R 1 1 1 0 -1 4194304 0 0 0 0 %d %d 90 90 20 0 1 0 %d 1 2 3", pid, name, user, system, begin)
}

// write puts the counters as they are now: half of what a CPU does not do is
// waiting for a disk.
func (w *world) write() {
	idle := w.all - w.used
	plant(w.t, w.root, fmt.Sprintf("proc/stat cpu  %d 0 7 %d %d 0 0 0 0 0\\ncpu0 1 2\\ncpu1 1 2\\nintr 1 2 3\nproc/412/stat %s\n",
		w.used, idle/2, idle-idle/2, stat(412, "cc1plus", w.used/2, w.used-w.used/2, 77)))
	if w.heat != nil {
		plant(w.t, w.root, fmt.Sprintf("sys/class/hwmon/hwmon0/temp1_input %.0f", 1000*w.heat(w.steps)))
	}
}

func (w *world) machine() Machine {
	w.write()
	return Machine{
		Root: w.root, Folders: []string{w.root}, Now: func() time.Time { return w.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.now = w.now.Add(d)
			if w.busy != nil {
				w.used += int(200 * w.busy(w.steps) * d.Seconds())
			}
			w.all += int(200 * d.Seconds())
			w.steps++
			w.write()
			return ctx.Err()
		},
		SinceBoot: func() time.Duration { return time.Hour + w.now.Sub(start) },
	}
}

// says answers as systemctl would, and counts how often it is asked.
func says(asked *int, answers ...string) func(...string) (string, error) {
	return func(...string) (string, error) {
		*asked++
		return answers[min(*asked, len(answers))-1], nil
	}
}
