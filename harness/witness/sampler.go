package witness

import (
	"path/filepath"
	"strconv"
	"time"
)

// Sampler names the thread that launches benchmarks on their CPUs, as the host
// numbers it. Its time there is not a disturbance: it comes before and after the
// benchmark's own. The zero Sampler is none.
type Sampler struct {
	PID int // of the sampler, in the host's PID namespace
	TID int // of its spawn thread, likewise
}

// threadTime is how long the thread has run since it began.
func (w *Watcher) threadTime(s Sampler) (time.Duration, error) {
	if s == (Sampler{}) {
		return 0, nil
	}
	if w.nanoseconds {
		file := filepath.Join(w.root, "proc", strconv.Itoa(s.PID), "task", strconv.Itoa(s.TID), "schedstat")
		text, err := readFile(file, w.buf)
		w.buf = text
		if ns, ok := parseThread(text); err == nil && ok {
			return ns, nil
		}
	}
	thread, err := w.proc.Thread(s.PID, s.TID)
	if err != nil {
		return 0, err
	}
	stat, err := thread.Stat()
	if err != nil {
		return 0, err
	}
	return duration(times(saturate(uint64(stat.UTime), uint64(stat.STime)), jiffy)), nil
}

// parseThread reads the first number of /proc/PID/task/TID/schedstat, the
// thread's time on a CPU in ns (proc(5)). Zero is a kernel that does not count:
// a thread that can be looked at has run.
func parseThread(text []byte) (time.Duration, bool) {
	field, _ := cutField(text)
	ns, ok := number(field)
	return duration(ns), ok && ns > 0
}
