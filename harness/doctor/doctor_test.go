package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/gate"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/results"
)

// tree makes a tree of /proc and /sys of pairs of path and text.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(root, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(files[i+1]+"\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// found is the one finding of a name.
func found(t *testing.T, list []results.Finding, name string) results.Finding {
	t.Helper()
	for _, f := range list {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("nothing is said of %s: %+v", name, list)
	return results.Finding{}
}

// wants holds a finding's grade and some of its words, and that what is not good says
// what it costs and what to do.
func wants(t *testing.T, f results.Finding, grade results.Grade, words string) {
	t.Helper()
	if f.Grade != grade || !strings.Contains(f.Is, words) {
		t.Errorf("%+v, want %s: %q", f, grade, words)
	}
	if (grade == results.GradePoor || grade == results.GradeBad) && (f.Cost == "" || f.Mend == "") {
		t.Errorf("%+v does not say what it costs and what to do", f)
	}
}

const clock = "sys/devices/system/clocksource/clocksource0/current_clocksource"

func TestMachine(t *testing.T) {
	good := Machine(tree(t, clock, "tsc", "proc/cpuinfo", "processor\t: 0\nmodel name\t: Quick 3000\nflags\t\t: fpu tsc"), host.Topology{})
	wants(t, found(t, good, "virtual"), results.GradeGood, "bare metal")
	wants(t, found(t, good, "clocksource"), results.GradeGood, "tsc")
	wants(t, found(t, good, "boot isolation"), results.GradeFact, "none")
	wants(t, found(t, good, "cpu"), results.GradeFact, "Quick 3000")
	wants(t, found(t, good, "frequency"), results.GradeFact, "not controlled")
	poor := Machine(tree(t, clock, "hpet", "sys/devices/system/cpu/isolated", "2-5", "proc/cpuinfo", "processor\t: 0\nmodel name\t: Rented\nflags\t\t: fpu hypervisor",
		"sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI"), host.Topology{})
	wants(t, found(t, poor, "virtual"), results.GradePoor, "virtual machine")
	wants(t, found(t, poor, "clocksource"), results.GradePoor, "hpet")
	wants(t, found(t, poor, "boot isolation"), results.GradePoor, "isolcpus=2-5")
	wants(t, found(t, poor, "mitigations"), results.GradeFact, "1 of")
}

func TestKnobs(t *testing.T) {
	states := []quiet.State{{Knob: results.Knob{Name: "turbo", Is: "on", Outcome: results.KnobFailed}, Want: "off", Why: "it moves numbers"}}
	wants(t, Knobs(states, results.LevelPin, true)[0], results.GradePoor, "on")
	wants(t, Knobs(states, results.LevelIsolate, true)[0], results.GradeGood, "puts it back")
	states[0].Outcome = results.KnobAlready
	wants(t, Knobs(states, results.LevelPin, false)[0], results.GradeGood, "on")
	states[0].Outcome, states[0].Detail = results.KnobUnsupported, "there is no such file"
	wants(t, Knobs(states, results.LevelPin, false)[0], results.GradeFact, "no such file")
}

func TestIsolation(t *testing.T) {
	v2 := tree(t, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory", "proc/1/mountinfo", "24 1 0:21 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
	if err := os.Symlink("1", filepath.Join(v2, "proc/self")); err != nil {
		t.Fatal(err)
	}
	set := func(text string) cpuset.Set {
		s, err := cpuset.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	wide := host.Layout{Bench: set("2-3"), Sampler: set("1"), Harness: set("0")}
	wants(t, Isolation(v2, wide, results.LevelIsolate, 0)[0], results.GradeGood, "cpus 2-3 can be taken")
	one := Isolation(v2, wide, results.LevelPin, 1000)[0]
	wants(t, one, results.GradePoor, "it takes root")
	if one.Mend != "run perfrun by sudo" {
		t.Errorf("advice: %q", one.Mend)
	}
	narrow := host.Layout{Bench: set("1"), Sampler: set("0"), Harness: set("0")}
	wants(t, Isolation(v2, narrow, results.LevelIsolate, 0)[0], results.GradeBad, "three cores")
	wants(t, Isolation(tree(t), wide, results.LevelPin, 0)[0], results.GradePoor, "not mounted")
}

func TestLeft(t *testing.T) {
	wants(t, Left(nil, nil), results.GradeGood, "nothing is changed")
	wants(t, Left(make([]journal.Change, 2), nil), results.GradePoor, "2 settings")
	wants(t, Left(nil, errors.New("line 3: no JSON")), results.GradeBad, "line 3")
}

func TestNow(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	m := gate.Machine{Root: tree(t, "sys/class/power_supply/BAT0/type", "Battery", "sys/class/power_supply/BAT0/status", "Discharging"), Folders: []string{t.TempDir(), "/does/not/exist"}, Now: func() time.Time { return at }}
	holders := []lock.Holder{{User: "ada", What: "run 3f9a", Since: at.Add(-time.Hour)}}
	list := Now(m, gate.Limits{Free: 1 << 60}, holders, func(time.Duration) {})
	wants(t, found(t, list, "power"), results.GradeBad, "battery")
	wants(t, found(t, list, "busy"), results.GradePoor, "unknown")
	wants(t, found(t, list, "timers"), results.GradeFact, "systemd")
	wants(t, found(t, list, "rivals"), results.GradeGood, "nothing else")
	wants(t, found(t, list, "lock"), results.GradeFact, "ada")
	wants(t, found(t, list, "disk"), results.GradeBad, "GiB free")
	for _, f := range list {
		if f.Topic != "now" {
			t.Errorf("%+v is of another topic", f)
		}
	}
}
