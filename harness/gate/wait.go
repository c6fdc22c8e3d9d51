package gate

import (
	"context"
	"fmt"
	"time"
)

// How the wait goes.
const (
	step   = time.Second      // between readings
	inARow = 2                // readings that must be idle, one after the other
	again  = 15 * time.Second // until what is waited for is said again
	window = 10 * time.Second // over which the temperature is followed
)

// watch is the state of a wait.
type watch struct {
	machine Machine
	limits  Limits
	usage   Usage
	idle    int // readings in a row that were
	heat    []heat
}

// heat is one reading of the temperature.
type heat struct {
	at      time.Time
	celsius float64
}

// wait returns when the machine is idle and cool; waited says that it was not
// from the start.
func wait(ctx context.Context, m Machine, l Limits, say func(string)) (waited bool, err error) {
	begin, said := m.Now(), time.Time{}
	w := watch{machine: m, limits: l, usage: ReadUsage(m.Root)}
	for {
		if err := m.Sleep(ctx, step); err != nil || ctx.Err() != nil {
			return waited, ended(ctx, err)
		}
		trouble, err := w.look()
		now := m.Now()
		switch {
		case err != nil || trouble == "":
			return waited, err
		case w.idle > 0 && w.idle < inARow: // the next reading decides
		case now.Sub(begin) >= l.Wait:
			return true, w.late(trouble)
		case now.Sub(said) >= again:
			say("waiting for the machine to be " + trouble)
			waited, said = true, now
		}
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("wait for the machine: %w", err)
}

func (w *watch) late(trouble string) error {
	return later(cannot("machine", fmt.Sprintf("it did not become quiet within %s: it should be %s", w.limits.Wait, trouble),
		fmt.Sprintf("end what is at work, or allow more in the configuration (gate.busy is %g %%, gate.cooling %g, gate.wait %s)",
			100*w.limits.Busy, w.limits.Cooling, w.limits.Wait), nil))
}

// look takes one reading and says what is not yet as it should be. The error is
// that nothing can be seen.
func (w *watch) look() (trouble string, err error) {
	usage := ReadUsage(w.machine.Root)
	if usage.err != nil {
		return "", cannot("/proc/stat", usage.err.Error(), "without it nobody knows how busy the machine is: mount /proc", usage.err)
	}
	busy := usage.Since(w.usage, w.machine.own()...)
	w.usage = usage
	if busy.Known && busy.Share <= w.limits.Busy {
		w.idle++
	} else {
		w.idle = 0
	}
	w.feel()
	switch {
	case !busy.Known:
		return "idle, but the times in /proc/stat stand still", nil
	case w.idle < inARow:
		return fmt.Sprintf("idle: %.0f %% busy%s", 100*busy.Share, busy.blame()), nil
	}
	if rate := falling(w.heat); rate > w.limits.Cooling {
		return fmt.Sprintf("cool: %.1f C, still falling by %.1f C in 10 s", w.heat[len(w.heat)-1].celsius, rate), nil
	}
	return "", nil
}

// feel keeps the temperatures of the last seconds. A sensor that falls silent
// takes its history with it.
func (w *watch) feel() {
	celsius, ok := Temperature(w.machine.Root)
	if !ok {
		w.heat = nil
		return
	}
	now := w.machine.Now()
	w.heat = append(w.heat, heat{now, celsius})
	for now.Sub(w.heat[0].at) > window {
		w.heat = w.heat[1:]
	}
}

// falling returns by how many degrees the temperature falls in 10 s: the slope of
// the least-squares line. Sensors step by whole degrees, so two readings alone
// would mistake one step for a steep fall for as long as they are compared.
func falling(list []heat) float64 {
	if len(list) < 2 {
		return 0
	}
	var meanT, meanC, covered, spread float64
	for _, h := range list {
		meanT += h.at.Sub(list[0].at).Seconds() / float64(len(list))
		meanC += h.celsius / float64(len(list))
	}
	for _, h := range list {
		t := h.at.Sub(list[0].at).Seconds() - meanT
		covered += t * (h.celsius - meanC)
		spread += t * t
	}
	if spread <= 0 {
		return 0
	}
	return -covered / spread * window.Seconds()
}
