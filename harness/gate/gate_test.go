package gate

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

var usual = Limits{Busy: 0.05, Wait: time.Minute, Free: 1, Timers: 10 * time.Minute, Cooling: 1}

func TestCheckWaits(t *testing.T) {
	check := func(what string, change func(*world), wantSteps int, wantErr string, wantSaid ...string) {
		t.Helper()
		w := newWorld(t)
		change(w)
		var said []string
		err := Check(t.Context(), w.machine(), usual, func(line string) { said = append(said, line) })
		if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) || w.steps != wantSteps {
			t.Errorf("%s: %d steps, %v; want %d and %q", what, w.steps, err, wantSteps, wantErr)
		}
		if problem, ok := errors.AsType[*results.Problem](err); err != nil && (!ok || problem.Kind != results.CannotRun || problem.Next == "") {
			t.Errorf("%s: %#v is no problem that says what to do", what, err)
		}
		if diff := cmp.Diff(wantSaid, said); diff != "" {
			t.Errorf("%s: said (-want +got):\n%s", what, diff)
		}
	}
	busyUntil := func(step int) func(*world) {
		return func(w *world) {
			w.busy = func(now int) float64 {
				if now < step {
					return 0.37
				}
				return 0.05
			}
		}
	}
	const blame = "waiting for the machine to be idle: 37 % busy, most of it cc1plus (process 412, 74 % of a cpu)"
	check("idle", func(*world) {}, 2, "")
	check("busy for 5 s", busyUntil(5), 7, "", blame)
	check("busy for 20 s", busyUntil(20), 22, "", blame, blame)
	check("busy for ever", busyUntil(1000), 60,
		"machine: it did not become quiet within 1m0s: it should be idle: 37 % busy, most of it cc1plus (process 412, 74 % of a cpu)", blame, blame, blame, blame)
	check("busy every other second", func(w *world) {
		w.busy = func(step int) float64 { return 0.37 * float64(1-step%2) }
	}, 61, "it should be idle: 37 % busy", blame, blame, blame, blame)
	check("cools down, then is cool", func(w *world) {
		w.heat = func(step int) float64 { return max(58, 80-float64(step)) }
	}, 31, "", "waiting for the machine to be cool: 78.0 C, still falling by 10.0 C in 10 s", "waiting for the machine to be cool: 63.0 C, still falling by 10.0 C in 10 s")
	check("cools for ever", func(w *world) {
		w.heat = func(step int) float64 { return 90 - 0.2*float64(step) }
	}, 60, "it should be cool: 78.0 C, still falling by 2.0 C in 10 s",
		"waiting for the machine to be cool: 89.6 C, still falling by 2.0 C in 10 s", "waiting for the machine to be cool: 86.6 C, still falling by 2.0 C in 10 s",
		"waiting for the machine to be cool: 83.6 C, still falling by 2.0 C in 10 s", "waiting for the machine to be cool: 80.6 C, still falling by 2.0 C in 10 s")
	check("warms up", func(w *world) {
		w.heat = func(step int) float64 { return 40 + float64(step) }
	}, 2, "")
}

func TestCheckRefuses(t *testing.T) {
	check := func(what string, l Limits, change func(*world, *Machine), want string) {
		t.Helper()
		w := newWorld(t)
		m := w.machine()
		change(w, &m)
		err := Check(t.Context(), m, l, func(string) {})
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.CannotRun || !strings.Contains(problem.Error(), want) || problem.Next == "" || w.steps > 0 {
			t.Errorf("%s: %v after %d steps, want %q at once", what, err, w.steps, want)
		}
	}
	check("battery", usual, func(w *world, _ *Machine) { plant(t, w.root, laptop) }, "runs on battery")
	full := usual
	full.Free = 1 << 60
	check("disk", full, func(*world, *Machine) {}, "of disk are free, and 1073741824.0 GiB must be")
	check("no disk", usual, func(w *world, m *Machine) { m.Folders = []string{w.root + "/proc/stat/below"} }, "disk: look at the disk of")
	asked := 0
	check("timers", usual, func(_ *world, m *Machine) {
		m.Systemctl = says(&asked, unit("fstrim", "waiting", "Mon 2026-11-23 06:09:59 UTC", "")+unit("apt-daily", "waiting", "Mon 2026-11-23 06:09:30 UTC", "0"))
	}, "apt-daily.timer: its work is heavy, and it is due at 2026-11-23 06:09:30 UTC, in 9m30s; measure after it, or hold it off until the run is over: "+
		"systemctl stop apt-daily.timer fstrim.timer, later systemctl start apt-daily.timer fstrim.timer")
	check("overdue", usual, func(_ *world, m *Machine) {
		m.Systemctl = says(&asked, unit("logrotate", "waiting", "Mon 2026-11-23 05:40:00 UTC", ""))
	}, "it is due now")
	check("at work", usual, func(_ *world, m *Machine) {
		m.Systemctl = says(&asked, unit("apt-daily-upgrade", "running", "", "infinity"))
	}, "apt-daily-upgrade.timer: its work is heavy, and is being done at this moment")
}

// A timer that was far off when the wait began may be near when it ends.
func TestCheckLooksAgainAfterAWait(t *testing.T) {
	check := func(busy float64, wantAsked int, wantErr bool) {
		t.Helper()
		w := newWorld(t)
		w.busy = func(step int) float64 { return busy * float64(max(0, 20-step)) }
		m, asked := w.machine(), 0
		m.Systemctl = says(&asked, unit("man-db", "waiting", "Mon 2026-11-23 06:10:10 UTC", ""))
		if err := Check(t.Context(), m, usual, func(string) {}); (err != nil) != wantErr || asked != wantAsked {
			t.Errorf("busy %g: asked %d times, %v", busy, asked, err)
		}
	}
	check(0, 1, false)
	check(0.04, 2, true)
}

func TestCheckGoesOn(t *testing.T) {
	check := func(what string, l Limits, change func(*world, *Machine), wantSaid string) {
		t.Helper()
		w := newWorld(t)
		m := w.machine()
		change(w, &m)
		said := ""
		if err := Check(t.Context(), m, l, func(line string) { said += line }); err != nil || said != wantSaid {
			t.Errorf("%s: %v, said %q", what, err, said)
		}
	}
	check("nobody asks for disk", Limits{Busy: 1, Wait: 1}, func(_ *world, m *Machine) { m.Folders = []string{"/proc/self/stat/below"} }, "")
	asked := 0
	soon := unit("apt-daily", "waiting", "Mon 2026-11-23 05:59:30 UTC", "")
	check("updates are no matter", Limits{Busy: 1, Wait: 1}, func(_ *world, m *Machine) { m.Systemctl = says(&asked, soon) }, "")
	check("a light timer", usual, func(_ *world, m *Machine) {
		m.Systemctl = says(&asked, strings.ReplaceAll(soon, "apt-daily", "motd-news"))
	}, "")
	check("systemd is silent", usual, func(_ *world, m *Machine) {
		m.Systemctl = func(...string) (string, error) { return "", errors.New("no bus") }
	}, "cannot see all updates that are due: list timers: no bus")
}

func TestOwnProcessesAreNotToBlame(t *testing.T) {
	w := newWorld(t)
	w.busy = func(int) float64 { return 1 }
	m := w.machine()
	m.Own = []int{412}
	if err := Check(t.Context(), m, usual, func(string) {}); err == nil || !strings.Contains(err.Error(), "100 % busy, by programs that come and go") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]int{os.Getpid(), 412}, Machine{Root: "/", Own: m.Own}.own()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckNeedsItsEyes(t *testing.T) {
	m := newWorld(t).machine()
	m.Root = t.TempDir()
	if err := Check(t.Context(), m, usual, func(string) {}); err == nil || !strings.Contains(err.Error(), "mount /proc") {
		t.Errorf("a machine without /proc/stat: %v", err)
	}
	w := newWorld(t)
	m, sleep := w.machine(), w.machine().Sleep
	m.Sleep = func(ctx context.Context, d time.Duration) error {
		w.all -= int(200 * d.Seconds())
		return sleep(ctx, d)
	}
	if err := Check(t.Context(), m, usual, func(string) {}); err == nil || !strings.Contains(err.Error(), "stand still") {
		t.Errorf("a machine whose counters stand still: %v", err)
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	check := func(what string, atStep int) {
		t.Helper()
		ctx, cancel := context.WithCancelCause(t.Context())
		w := newWorld(t)
		w.busy = func(step int) float64 {
			if step == atStep {
				cancel(cause)
			}
			return 1
		}
		if atStep < 0 {
			cancel(cause)
		}
		if err := Check(ctx, w.machine(), usual, func(string) {}); !errors.Is(err, cause) || w.steps != atStep+1 {
			t.Errorf("%s: %v after %d steps", what, err, w.steps)
		}
	}
	check("before", -1)
	check("meanwhile", 7)
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, cause := time.Now(), errors.New("enough")
		if err := Sleep(t.Context(), time.Hour); err != nil || time.Since(begin) != time.Hour {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(cause) })
		if err := Sleep(ctx, time.Hour); !errors.Is(err, cause) || time.Since(begin) != time.Hour+time.Minute {
			t.Errorf("cancelled: %v after %s", err, time.Since(begin))
		}
	})
}

func TestFalling(t *testing.T) {
	line := func(values ...float64) (list []heat) {
		for i, celsius := range values {
			list = append(list, heat{start.Add(time.Duration(i) * time.Second), celsius})
		}
		return list
	}
	check := func(list []heat, least, most float64) {
		t.Helper()
		if rate := falling(list); rate < least || rate > most {
			t.Errorf("%v: %g, want %g to %g", list, rate, least, most)
		}
	}
	check(nil, 0, 0)
	check(line(50), 0, 0)
	check(append(line(50), line(40)...), 0, 0) // a clock that stands still
	check(line(50, 49), 10, 10)
	check(line(51, 50, 51, 50, 51, 50, 51, 50, 51, 50, 51), -0.01, 0.01) // a sensor that flickers
	check(line(51, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50), 0.1, 0.9)    // one step long ago
}

func TestFallingFindsTheSlope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(-20, 20).Draw(t, "degrees in 10 s")
		at, list := start, []heat{}
		for range rapid.IntRange(2, 12).Draw(t, "readings") {
			list = append(list, heat{at, 60 - rate/10*at.Sub(start).Seconds()})
			at = at.Add(time.Duration(rapid.Int64Range(1e8, 3e9).Draw(t, "gap")))
		}
		if got := falling(list); math.Abs(got-rate) > 1e-6 {
			t.Errorf("%g, want %g", got, rate)
		}
	})
}
