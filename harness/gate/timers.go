package gate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/quiet/setting"
)

// heavy are the timers whose work shows in measurements.
var heavy = []string{
	"apt-daily", "apt-daily-upgrade", "unattended-upgrades", "fwupd-refresh", "plocate-updatedb", "mlocate-updatedb", "mlocate", "updatedb",
	"man-db", "fstrim", "e2scrub_all", "xfs_scrub_all", "logrotate", "dnf-makecache", "dnf-automatic", "dnf-automatic-install",
	"mdcheck_start", "mdcheck_continue", "raid-check",
}

func isHeavy(unit string) bool {
	name, ok := strings.CutSuffix(unit, ".timer")
	return ok && wellFormed(unit) && (slices.Contains(heavy, name) || strings.HasPrefix(name, "snapd."))
}

// wellFormed lets through units that can stand in a command line as they are.
func wellFormed(unit string) bool {
	return !strings.ContainsFunc(unit, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.:@-", r)
	})
}

// Timer is a timer of systemd that starts heavy work.
type Timer struct {
	Unit    string
	Next    time.Time // when it elapses; systemd may take a while longer to start the work
	Running bool      // its work is being done; Next is when this was seen
}

// Due reports whether its work is going on or will begin within a time from now.
// A timer whose time is past is due: systemd puts it off to wake up less often.
func (t Timer) Due(now time.Time, within time.Duration) bool {
	return t.Running || t.Next.Sub(now) < within
}

// Timers lists the heavy timers that are waiting or at work, the next first.
// Where systemctl does not answer there are none.
func Timers(run setting.Systemctl) []Timer {
	list, _ := Machine{Systemctl: run, Now: time.Now}.Timers()
	return list
}

// Timers lists the heavy timers that are waiting or at work, the next first. The
// error says which of them could not be read.
func (m Machine) Timers() (list []Timer, err error) {
	out, err := m.Systemctl("show", "--property=Id,ActiveState,SubState,NextElapseUSecRealtime,NextElapseUSecMonotonic", "*.timer")
	if err != nil {
		return nil, fmt.Errorf("list timers: %w", err)
	}
	var errs []error
	clock := m.clock()
	for block := range strings.SplitSeq(out, "\n\n") {
		timer, ok, err := clock.timer(parseProperties(block))
		if err != nil {
			errs = append(errs, err)
		}
		if ok {
			list = append(list, timer)
		}
	}
	slices.SortFunc(list, func(a, b Timer) int { return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Unit, b.Unit)) })
	return list, errors.Join(errs...)
}

// clock is one moment by both of systemd's clocks.
type clock struct {
	now       time.Time
	sinceBoot time.Duration
}

func (m Machine) clock() clock {
	c := clock{now: m.Now()}
	if m.SinceBoot != nil {
		c.sinceBoot = m.SinceBoot()
		return c
	}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) == nil {
		c.sinceBoot = time.Duration(ts.Nano())
	}
	return c
}

// timer makes sense of a timer's properties (org.freedesktop.systemd1(5), "Timer
// unit objects"). Not ok: it is light, stopped, or not due at any time.
func (c clock) timer(properties map[string]string) (timer Timer, ok bool, err error) {
	unit := properties["Id"]
	if !isHeavy(unit) || properties["ActiveState"] != "active" {
		return Timer{}, false, nil
	}
	if properties["SubState"] == "running" {
		return Timer{unit, c.now, true}, true, nil
	}
	onWall, err1 := c.parseTime(properties["NextElapseUSecRealtime"])
	span, err2 := parseSpan(properties["NextElapseUSecMonotonic"])
	timer = Timer{Unit: unit, Next: onWall}
	if span > 0 {
		if at := c.now.Add(span - c.sinceBoot); onWall.IsZero() || at.Before(onWall) {
			timer.Next = at
		}
	}
	if err := errors.Join(err1, err2); err != nil {
		return timer, !timer.Next.IsZero(), fmt.Errorf("timer %s: %w", unit, err)
	}
	return timer, !timer.Next.IsZero(), nil
}

func parseProperties(block string) map[string]string {
	properties := map[string]string{}
	for line := range strings.SplitSeq(block, "\n") {
		if name, value, ok := strings.Cut(line, "="); ok {
			properties[name] = strings.TrimSpace(value)
		}
	}
	return properties
}

// never are the ways in which versions of systemd print a time that will not come.
var never = []string{"", "0", "n/a", "infinity", "[not set]"}

// parseTime reads what systemd prints for a time: in the local zone, by its
// abbreviation ("Mon 2026-11-23 06:12:00 CET"). Old versions cannot be told to
// print another, and newer ones do not heed --timestamp for this property. A zone that is not ours is an error: Go would take it for UTC.
func (c clock) parseTime(text string) (time.Time, error) {
	if slices.Contains(never, text) {
		return time.Time{}, nil
	}
	for _, zone := range []*time.Location{c.now.Location(), time.Local} {
		at, err := time.ParseInLocation("Mon 2006-01-02 15:04:05 MST", text, zone)
		if err != nil {
			break
		}
		name, _ := at.Zone()
		if here, _ := at.In(zone).Zone(); name == here || name == "UTC" {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time of this machine's zone", clean(text))
}

// units are those of systemd.time(7), as systemd prints them.
var units = map[string]float64{
	"y": 31557600, "month": 2629800, "w": 7 * 86400, "d": 86400, "h": 3600, "min": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "μs": 1e-6,
}

// farthest is 100 years in seconds, beyond which nothing is due.
const farthest = 100 * 31557600

// parseSpan reads what systemd prints for a span of time: "1d 2h 3min 4.56789s".
// Zero is a span that will not end.
func parseSpan(text string) (time.Duration, error) {
	if slices.Contains(never, text) {
		return 0, nil
	}
	seconds := 0.0
	for part := range strings.FieldsSeq(text) {
		digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyzμ")
		n, err := strconv.ParseFloat(digits, 64)
		unit, known := units[part[len(digits):]]
		if err != nil || !known || strings.Trim(digits, "0123456789.") != "" {
			return 0, fmt.Errorf("%q is no span of time", clean(text))
		}
		seconds += n * unit
	}
	if seconds > farthest {
		return 0, nil
	}
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond, nil
}
