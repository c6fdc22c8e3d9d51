package counters

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// Target is what is counted.
type Target struct {
	// Cgroup is the folder of a cgroup, whose processes are counted while they run on
	// CPUs. Empty: the processes that descend from Thread are followed, wherever they
	// run.
	Cgroup string
	CPUs   cpuset.Set
	// Thread launches benchmarks, as this machine numbers it. What it does itself is
	// not counted. With a cgroup it must keep to CPUs; 0: all of the cgroup counts.
	Thread int
}

// String says what is counted: "the cgroup /sys/fs/cgroup/x on cpus 2-3".
func (t Target) String() string {
	if t.Cgroup == "" {
		return fmt.Sprintf("the processes that thread %d launches", t.Thread)
	}
	return fmt.Sprintf("the cgroup %s on cpus %s", t.Cgroup, t.CPUs)
}

// Counter counts one event of one target until it is closed. It is for one
// goroutine.
type Counter struct {
	all []int // files: one a CPU of the cgroup, or one that follows
	own int   // file: the launching thread alone; none if negative
}

// Open begins to count. What the machine or the user's rights do not allow is an
// *Absent. With no CPU and no thread there is nothing to count.
func Open(target Target, event Event) (*Counter, error) {
	c := &Counter{own: -1}
	if err := c.open(target, event); err != nil {
		return nil, errors.Join(fmt.Errorf("count %s of %s: %w", event, target, err), c.Close())
	}
	return c, nil
}

func (c *Counter) open(target Target, event Event) error {
	switch {
	case target.Cgroup == "" && target.Thread <= 0:
		return errors.New("there is no thread to follow")
	case target.Cgroup != "" && len(target.CPUs) == 0:
		return errors.New("there is no cpu to count on")
	case target.Cgroup != "":
		if err := c.openCgroup(target, event); err != nil {
			return err
		}
	default:
		file, err := open(event, unix.PerfBitInherit, target.Thread, anyCPU, 0)
		if err != nil {
			return err
		}
		c.all = append(c.all, file)
	}
	if target.Thread <= 0 {
		return nil
	}
	own, err := open(event, 0, target.Thread, anyCPU, 0)
	if err == nil {
		c.own = own
	}
	return err
}

func (c *Counter) openCgroup(target Target, event Event) error {
	folder, err := os.Open(target.Cgroup)
	if err != nil {
		return err
	}
	defer folder.Close() // the kernel holds the cgroup itself
	for _, cpu := range target.CPUs {
		file, err := open(event, 0, int(folder.Fd()), cpu, unix.PERF_FLAG_PID_CGROUP)
		if is(err, unix.ENOENT) && Probe(event) == nil {
			err = &Absent{Event: event, Why: "the kernel does not count by this cgroup", Err: unix.ENOENT}
		}
		if err != nil {
			return fmt.Errorf("on cpu %d: %w", cpu, err)
		}
		c.all = append(c.all, file)
	}
	return nil
}

// anyCPU counts wherever a thread runs.
const anyCPU = -1

// open opens one of the kernel's counters.
func open(event Event, bits uint64, pid, cpu, flags int) (int, error) {
	attributes, err := event.attributes()
	if err != nil {
		return -1, err
	}
	attributes.Bits |= bits
	file, err := unix.PerfEventOpen(attributes, pid, cpu, -1, flags|unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return -1, explain("/", event, err)
	}
	return file, nil
}

// Close ends the counting. A second call does nothing.
func (c *Counter) Close() error {
	var problems error
	for _, file := range c.all {
		problems = errors.Join(problems, unix.Close(file))
	}
	if c.own >= 0 {
		problems = errors.Join(problems, unix.Close(c.own))
	}
	c.all, c.own = nil, -1
	return problems
}

// tally is what one of the kernel's counters says. Times are nanoseconds since it
// was opened: how long it was wanted, and how long it really counted.
type tally struct{ value, wanted, counted uint64 }

// read asks one of the kernel's counters.
func read(file int) (tally, error) {
	var text [24]byte
	n, err := unix.Read(file, text[:])
	if err == nil && n != len(text) { // 0 if the kernel had to give it up
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return tally{}, fmt.Errorf("read a counter: %w", err)
	}
	word := func(i int) uint64 { return binary.NativeEndian.Uint64(text[8*i:]) }
	return tally{word(0), word(1), word(2)}, nil
}
