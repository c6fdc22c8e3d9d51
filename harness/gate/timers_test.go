package gate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// unit is what systemctl show prints of a timer that was not stopped.
func unit(name, state, onWall, monotonic string) string {
	return fmt.Sprintf("NextElapseUSecRealtime=%s\nNextElapseUSecMonotonic=%s\nId=%s.timer\nActiveState=active\nSubState=%s\n\n", onWall, monotonic, name, state)
}

func TestTimers(t *testing.T) {
	berlin, saoPaulo := time.FixedZone("CET", 3600), time.FixedZone("-03", -3*3600)
	check := func(what string, zone *time.Location, out, wantErr string, want ...string) {
		t.Helper()
		m := newWorld(t).machine()
		m.Now = func() time.Time { return start.In(zone) }
		var args []string
		m.Systemctl = func(a ...string) (string, error) { args = a; return strings.TrimSpace(out), nil }
		list, err := m.Timers()
		if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: error %v, want %q", what, err, wantErr)
		}
		var got []string
		for _, timer := range list {
			got = append(got, fmt.Sprintf("%s %s %v", timer.Unit, timer.Next.UTC().Format("02 15:04:05.000"), timer.Running))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if !slices.Equal(args[:1], []string{"show"}) || args[len(args)-1] != "*.timer" {
			t.Errorf("asked for %q", args)
		}
	}
	check("nothing", time.UTC, "", "")
	check("three, the next first", time.UTC,
		unit("fstrim", "waiting", "Mon 2026-11-30 00:12:30 UTC", "")+unit("systemd-tmpfiles-clean", "waiting", "", "1h 5s")+
			unit("snapd.snap-repair", "waiting", "Mon 2026-11-23 09:00:00 UTC", "0")+unit("apt-daily", "waiting", "Mon 2026-11-23 06:12:00 UTC", "infinity"), "",
		"apt-daily.timer 23 06:12:00.000 false", "snapd.snap-repair.timer 23 09:00:00.000 false", "fstrim.timer 30 00:12:30.000 false")
	// The machine was started an hour ago.
	check("by the time since boot", time.UTC, unit("dnf-makecache", "waiting", "", "1h 2min 3.5s"), "", "dnf-makecache.timer 23 06:02:03.500 false")
	check("the earlier of both", time.UTC, unit("man-db", "waiting", "Mon 2026-11-23 06:03:00 UTC", "1d 1h")+unit("updatedb", "waiting", "Mon 2026-11-23 07:00:00 UTC", "59min 59s"), "",
		"updatedb.timer 23 05:59:59.000 false", "man-db.timer 23 06:03:00.000 false")
	check("in the zone of Berlin", berlin, unit("logrotate", "waiting", "Mon 2026-11-23 07:12:00 CET", ""), "", "logrotate.timer 23 06:12:00.000 false")
	check("in a zone without letters", saoPaulo, unit("logrotate", "waiting", "Mon 2026-11-23 03:12:00 -03", ""), "", "logrotate.timer 23 06:12:00.000 false")
	check("in utc all the same", berlin, unit("logrotate", "waiting", "Mon 2026-11-23 06:12:00 UTC", ""), "", "logrotate.timer 23 06:12:00.000 false")
	check("in a zone of nowhere", berlin, unit("logrotate", "waiting", "Mon 2026-11-23 06:12:00 XYZ", ""), `logrotate.timer: "Mon 2026-11-23 06:12:00 XYZ" is no time`)
	check("one that cannot be read costs one", time.UTC, unit("logrotate", "waiting", "tomorrow", "")+unit("fstrim", "waiting", "soon", "1h 1min")+unit("man-db", "waiting", "", "2h"),
		`"tomorrow" is no time`, "fstrim.timer 23 06:01:00.000 false", "man-db.timer 23 07:00:00.000 false")
	check("at work", time.UTC, unit("fwupd-refresh", "running", "", "infinity"), "", "fwupd-refresh.timer 23 06:00:00.000 true")
	check("stopped", time.UTC, strings.Replace(unit("apt-daily", "dead", "Mon 2026-11-23 06:12:00 UTC", ""), "ActiveState=active", "ActiveState=inactive", 1), "")
	check("elapsed", time.UTC, unit("apt-daily", "elapsed", "", "infinity"), "")
	check("not fit for a command line", time.UTC, unit("snapd.$(reboot)", "waiting", "Mon 2026-11-23 06:12:00 UTC", ""), "")
	check("a service", time.UTC, strings.Replace(unit("apt-daily", "waiting", "Mon 2026-11-23 06:12:00 UTC", ""), ".timer", ".service", 1), "")
	if list := Timers(func(...string) (string, error) { return "", errors.New("no bus") }); list != nil {
		t.Errorf("systemctl does not answer: %v", list)
	}
}

func TestDue(t *testing.T) {
	check := func(timer Timer, want bool) {
		t.Helper()
		if got := timer.Due(start, time.Minute); got != want {
			t.Errorf("%+v: %v", timer, got)
		}
	}
	check(Timer{Next: start.Add(59 * time.Second)}, true)
	check(Timer{Next: start.Add(time.Minute)}, false)
	check(Timer{Next: start.Add(-time.Hour)}, true)
	check(Timer{Next: start.Add(time.Hour), Running: true}, true)
}

func TestParseSpan(t *testing.T) {
	check := func(text string, want time.Duration, ok bool) {
		t.Helper()
		if got, err := parseSpan(text); got != want || (err == nil) != ok {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	check("1d 2h 3min 4.567890s", 26*time.Hour+3*time.Minute+4567890*time.Microsecond, true)
	check("1y 2month 3w 4d 5h 6min 7s", 38995567*time.Second, true)
	check("1.500ms", 1500*time.Microsecond, true)
	check("999us", 999*time.Microsecond, true)
	check("infinity", 0, true)
	check("", 0, true)
	check("584542y 2w", 0, true)
	check("400y", 0, true)
	for _, text := range []string{"123", "s", "-5s", "1e3s", "infs", "0x1s", "5 min", "1.2.3s", "5parsec"} {
		check(text, 0, false)
	}
}

func TestSpansAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, m := rapid.IntRange(0, 999).Draw(t, "h"), rapid.IntRange(0, 59).Draw(t, "min")
		want := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
		if got, err := parseSpan(fmt.Sprintf("%dh %dmin", h, m)); got != want || err != nil {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	})
}

func FuzzTimer(f *testing.F) {
	f.Add(unit("apt-daily", "waiting", "Mon 2026-11-23 06:12:00 UTC", "1h 2min"))
	f.Add(unit("fstrim", "waiting", "n/a", "infinity"))
	f.Add(unit("snapd.x", "running", "Mon 2026-11-23 06:12:00 CET", "1d 2h 3min 4.567890s"))
	f.Add("Id=man-db.timer\nActiveState=active\nNextElapseUSecMonotonic=99999999999999999999y")
	c := clock{now: start, sinceBoot: time.Hour}
	f.Fuzz(func(t *testing.T, block string) {
		timer, ok, _ := c.timer(parseProperties(block))
		if ok && (timer.Next.IsZero() || !isHeavy(timer.Unit) || strings.ContainsAny(timer.Unit, " ;$`\n\\'\"")) {
			t.Errorf("%+v", timer)
		}
	})
}
