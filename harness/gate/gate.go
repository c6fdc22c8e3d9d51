package gate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// Limits are what a machine has to be.
type Limits struct {
	Busy    float64       // share of the time of all CPUs that programs may use
	Wait    time.Duration // how long to wait for idle and cool
	Free    int64         // bytes that must be free where runs write; 0: any
	Timers  time.Duration // no update may be due within this; 0: updates are no matter
	Cooling float64       // degrees Celsius per 10 s that it may still cool down by
}

// Machine is what is looked at.
type Machine struct {
	Root      string            // "/", or a recorded tree
	Folders   []string          // where runs write
	Systemctl setting.Systemctl // nil where systemd does not run
	Own       []int             // processes that are never to blame; this one is not either
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	SinceBoot func() time.Duration // what systemd's monotonic times count from; nil: this machine's clock
}

// Sleep waits for d, or until ctx is done.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Check refuses what does not mend itself, then waits for an idle and cool
// machine. say hears what it waits for. The error is a results.Problem, or the
// cause that ended ctx.
func Check(ctx context.Context, m Machine, l Limits, say func(string)) error {
	if err := refuse(ctx, m, l, say); err != nil {
		return err
	}
	waited, err := wait(ctx, m, l, say)
	if err != nil || !waited {
		return err
	}
	// Minutes may have passed: an update that was far off may be near by now.
	return refuse(ctx, m, l, say)
}

func refuse(ctx context.Context, m Machine, l Limits, say func(string)) error {
	for _, rule := range []func(Machine, Limits, func(string)) error{refuseBattery, refuseDisk, refuseTimers} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := rule(m, l, say); err != nil {
			return err
		}
	}
	return nil
}

func refuseBattery(m Machine, _ Limits, _ func(string)) error {
	if !OnBattery(m.Root) {
		return nil
	}
	return cannot("power", "the machine runs on battery, where processors are slowed down", "plug it in", nil)
}

func refuseDisk(m Machine, l Limits, _ func(string)) error {
	if l.Free <= 0 {
		return nil
	}
	for _, disk := range Disks(m.Folders) {
		switch {
		case disk.Err != nil:
			return cannot("disk", disk.Err.Error(), "give perfrun a folder that it can write to", disk.Err)
		case disk.Free < l.Free:
			return cannot(disk.Path, fmt.Sprintf("only %s of disk are free, and %s must be", size(disk.Free), size(l.Free)),
				"make room (docker system prune, perfrun's cache folder), or lower gate.free in the configuration", nil)
		}
	}
	return nil
}

// refuseTimers goes on where systemd does not answer: whatever it starts will
// show in the witness. It says so.
func refuseTimers(m Machine, l Limits, say func(string)) error {
	if l.Timers <= 0 || m.Systemctl == nil {
		return nil
	}
	timers, err := m.Timers()
	if err != nil {
		say(fmt.Sprintf("cannot see all updates that are due: %v", err))
	}
	var due []Timer
	for _, timer := range timers {
		if timer.Running {
			return later(cannot(timer.Unit, "its work is heavy, and is being done at this moment", "measure when it is over", nil))
		}
		if timer.Due(m.Now(), l.Timers) {
			due = append(due, timer)
		}
	}
	if len(due) == 0 {
		return nil
	}
	return about(due, m.Now())
}

// about refuses for timers that are due, the first of them first.
func about(due []Timer, now time.Time) error {
	var units []string
	for _, timer := range due {
		units = append(units, timer.Unit)
	}
	what := "its work is heavy, and it is due now"
	if in := due[0].Next.Sub(now).Round(time.Second); in > 0 {
		what = fmt.Sprintf("its work is heavy, and it is due at %s, in %s", due[0].Next.Format("2006-01-02 15:04:05 MST"), in)
	}
	names := strings.Join(units, " ")
	return later(cannot(units[0], what,
		fmt.Sprintf("measure after it, or hold it off until the run is over: systemctl stop %s, later systemctl start %s", names, names), nil))
}

// own are the processes that are not to blame.
func (m Machine) own() []int {
	if filepath.Clean(m.Root) != "/" {
		return m.Own
	}
	return append([]int{os.Getpid()}, m.Own...)
}

func size(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// later marks what passes by itself.
func later(problem *results.Problem) error {
	problem.Passing = true
	return problem
}

func cannot(where, what, next string, err error) *results.Problem {
	return &results.Problem{Kind: results.CannotRun, Where: where, What: what, Next: next, Err: err}
}
