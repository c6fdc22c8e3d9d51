package quiet

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/results"
)

// tree is a machine with one setting, without cgroups.
func tree(t *testing.T) Machine {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"proc/sys/kernel/random/boot_id": "boot 1", "proc/sys/kernel/timer_migration": "1", "proc/1/mountinfo": "22 1 0:20 / /proc rw - proc proc rw",
		"sys/devices/system/cpu/online": "0-3",
	} {
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("1", filepath.Join(root, "proc/self")); err != nil {
		t.Fatal(err)
	}
	return Machine{Root: root, State: filepath.Join(root, "state")}
}

func (m Machine) value(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.Root, path))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

const timers = "proc/sys/kernel/timer_migration"

func TestNothingChangesUnlessIsolationIsAskedFor(t *testing.T) {
	for _, level := range []results.Level{results.LevelNone, results.LevelPin} {
		m := tree(t)
		session, err := m.Begin(Wish{Level: level, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(results.Quiet{Asked: level, Reached: level}, session.Reached); diff != "" {
			t.Error(diff)
		}
		if m.value(t, timers) != "1" || journal.Exists(m.State) || session.Parent("systemd") != "" || session.Verify() != nil {
			t.Errorf("%s: something was changed", level)
		}
		if list, err := session.End(); list != nil || err != nil {
			t.Errorf("end: %v, %v", list, err)
		}
	}
}

// TestWhatCanBeDoneIsDone: without cgroups the knobs are set all the same, and the
// level says pin.
func TestWhatCanBeDoneIsDone(t *testing.T) {
	m := tree(t)
	session, err := m.Begin(Wish{Level: results.LevelIsolate, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1), By: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if r := session.Reached; r.Reached != results.LevelPin || r.Shield != results.ShieldNone || !strings.Contains(r.Why, "not mounted") {
		t.Errorf("reached %+v", r)
	}
	if m.value(t, timers) != "0" {
		t.Error("the knob is not set")
	}
	if err := os.WriteFile(filepath.Join(m.Root, timers), []byte("7"), 0o644); err != nil {
		t.Fatal(err)
	}
	if strayed := session.Strayed(); len(strayed) != 1 || !strings.Contains(strayed[0], "timer_migration reads \"7\"") {
		t.Errorf("strayed: %q", strayed)
	}
	list, err := session.End()
	if lines := Troubles(list); err != nil || len(lines) != 1 || !strings.Contains(lines[0], "left as it is") || m.value(t, timers) != "7" {
		t.Errorf("end: %q, %v", lines, err)
	}
}

func TestRecover(t *testing.T) {
	m := tree(t)
	session, err := m.Begin(Wish{Level: results.LevelIsolate, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Keep(); err != nil || m.value(t, timers) != "0" {
		t.Fatalf("keep: %v", err)
	}
	if pending, err := m.Pending(); len(pending) != 1 || err != nil {
		t.Errorf("pending: %v, %v", pending, err)
	}
	// A run that would start now must not take 0 for the original.
	again, err := m.Begin(Wish{Level: results.LevelIsolate, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1)})
	if err != nil || !strings.Contains(again.Reached.Why, "could not be put back") {
		t.Errorf("begin over an old journal: %+v, %v", again.Reached, err)
	}
	if err := again.Keep(); err != nil {
		t.Error(err)
	}
	list, err := m.Recover()
	if want := []string{"settings that an earlier perfrun had changed: 1 put back"}; !cmp.Equal(want, Describe(list)) || err != nil || m.value(t, timers) != "1" {
		t.Errorf("recover: %q, %v", Describe(list), err)
	}
	if list, err := m.Recover(); list != nil || err != nil {
		t.Errorf("recover again: %v, %v", list, err)
	}
}

func TestTooFewCores(t *testing.T) {
	m := tree(t)
	for _, wish := range []Wish{
		{Level: results.LevelIsolate, Bench: cpuset.Of(1), Sampler: cpuset.Of(0), Others: cpuset.Of(0)},
		{Level: results.LevelIsolate, Bench: cpuset.Of(1), Sampler: cpuset.Of(0)},
	} {
		session, err := m.Begin(wish)
		if err != nil || session.Reached.Reached != results.LevelPin || !strings.Contains(session.Reached.Why, "three cores") {
			t.Errorf("%+v, %v", session.Reached, err)
		}
	}
	if m.value(t, timers) != "1" {
		t.Error("a knob was set in vain")
	}
}

func TestJournalThatCannotBe(t *testing.T) {
	m := tree(t)
	if err := os.WriteFile(m.State, nil, 0o644); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	session, err := m.Begin(Wish{Level: results.LevelIsolate, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1)})
	if _, ok := errors.AsType[*results.Problem](err); !ok || m.value(t, timers) != "1" {
		t.Errorf("begin: %+v, %v", session, err)
	}
}
