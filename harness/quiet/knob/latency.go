package knob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mtrlz.dev/perfrun/results"
)

// Latency holds the processor out of its deep sleep states for as long as it is
// open: the kernel forgets it when the file closes, however that comes about
// (Documentation/admin-guide/pm/cpuidle.rst). So it needs no journal.
type Latency struct{ file *os.File }

// latencyName is the knob's.
const latencyName = "sleep-states"

// LatencyWhy says what it costs when sleep states are not held off.
const LatencyWhy = "a cpu that wakes from deep sleep needs up to 100 microseconds more"

// HoldLatency opens /dev/cpu_dma_latency and asks for 0 microseconds.
func HoldLatency(root string) (*Latency, results.Knob) {
	k := results.Knob{Name: latencyName, Outcome: results.KnobApplied, Was: "as the processor likes", Is: "none that take time to leave"}
	file, err := os.OpenFile(filepath.Join(root, "dev/cpu_dma_latency"), os.O_WRONLY, 0)
	if err == nil {
		_, err = file.Write([]byte{0, 0, 0, 0}) // a 32-bit number in the machine's order
	}
	switch {
	case err == nil:
		return &Latency{file}, k
	case errors.Is(err, fs.ErrNotExist):
		return nil, results.Knob{Name: latencyName, Outcome: results.KnobUnsupported, Detail: "this machine does not have it"}
	}
	if file != nil {
		_ = file.Close()
	}
	return nil, results.Knob{Name: latencyName, Outcome: results.KnobFailed, Detail: explain(err)}
}

// Check fails when the file is no longer open.
func (l *Latency) Check() error {
	if l == nil {
		return nil
	}
	if _, err := l.file.Stat(); err != nil {
		return fmt.Errorf("%s is no longer held: %w", latencyName, err)
	}
	return nil
}

// Close lets the processor sleep again.
func (l *Latency) Close() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
