package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// machine is a root folder and the commands that were run. That users, units and sshd
// are really there, a guest shows (package main).
type machine struct {
	System
	users    []string // entries of passwd
	since    string   // when the daemon began, as systemctl says it
	ran      []string
	said     []string
	packaged bool   // the program is of a package
	fails    string // a command that begins so fails
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{}
	self := filepath.Join(t.TempDir(), "perfrun")
	if err := os.WriteFile(self, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.System = System{Root: t.TempDir(), Self: self, Say: func(line string) { m.said = append(m.said, line) }, Run: m.run, End: m.end}
	return m
}

func (m *machine) run(_ context.Context, name string, args ...string) (string, error) {
	line := name + " " + strings.Join(args, " ")
	last := args[len(args)-1]
	switch name {
	case "getent":
		at := slices.IndexFunc(m.users, func(u string) bool { return strings.HasPrefix(u, last+":") })
		if at < 0 {
			return "", errors.New("exit status 2")
		}
		return m.users[at] + "\n", nil
	case "useradd":
		m.users = append(m.users, fmt.Sprintf("%s:x:998:998::%s:%s", last, args[3], args[6]))
	case "userdel":
		m.users = slices.DeleteFunc(m.users, func(u string) bool { return strings.HasPrefix(u, last+":") })
	case "dpkg":
		if !m.packaged {
			return "", errors.New("exit status 1")
		}
		return "", nil
	}
	if name == "systemctl" && args[0] == "show" {
		return m.since + "\n", nil
	}
	m.ran = append(m.ran, line)
	if m.fails != "" && strings.HasPrefix(line, m.fails) {
		return "bad configuration option\n", errors.New("exit status 255")
	}
	return "", nil
}

func (m *machine) end(_ context.Context, user string) error {
	m.ran = append(m.ran, "end "+user)
	return nil
}

func examplePlan() Plan {
	return Plan{
		Program: "/usr/bin/perfrun", Users: []User{{"perfrun-ssh", "/var/lib/perfrun-ssh", "/bin/sh"}},
		Folders: []Folder{{Path: "/var/lib/perfrun", Mode: 0o755, Data: true}, {Path: "/var/cache/perfrun", Mode: 0o700}},
		Files: []File{
			{Path: "/etc/perfrun/perfrun.yml", Text: "quiet: isolate\n", Mode: 0o644, Keep: true},
			{Path: "/etc/systemd/system/perfrun.service", Text: "[Unit]\n", Mode: 0o644},
		},
		SSHD:  &File{Path: "/etc/ssh/sshd_config.d/perfrun.conf", Text: "Match User perfrun-ssh\n", Mode: 0o644},
		Units: []string{"perfrun.service"},
	}
}

// tree lists the files of the machine with their texts.
func (m *machine) tree(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(m.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s: %q\n", strings.TrimPrefix(path, m.Root), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const installed = `/etc/perfrun/perfrun.yml: "quiet: isolate\n"
/etc/ssh/sshd_config.d/perfrun.conf: "Match User perfrun-ssh\n"
/etc/systemd/system/perfrun.service: "[Unit]\n"
/usr/bin/perfrun: "a program"
`

func TestInstallTwice(t *testing.T) {
	m := newMachine(t)
	if err := m.Install(t.Context(), examplePlan()); err != nil {
		t.Fatal(err)
	}
	if got := m.tree(t); got != installed {
		t.Errorf("%s", got)
	}
	first := []string{
		"useradd --system --user-group --home-dir /var/lib/perfrun-ssh --no-create-home --shell /bin/sh perfrun-ssh",
		"sshd -t", "systemctl reload-or-try-restart ssh.service", "systemctl daemon-reload", "systemctl enable --now perfrun.service",
	}
	if !slices.Equal(m.ran, first) {
		t.Errorf("%q", m.ran)
	}
	m.ran = nil
	config := filepath.Join(m.Root, "etc/perfrun/perfrun.yml")
	if err := os.WriteFile(config, []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.Install(t.Context(), examplePlan()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"systemctl daemon-reload", "systemctl enable --now perfrun.service"}; !slices.Equal(m.ran, want) {
		t.Errorf("the second time: %q", m.ran)
	}
	if text, _ := os.ReadFile(config); string(text) != "mine\n" {
		t.Errorf("the configuration was overwritten: %q", text)
	}
}

func TestSettingsThatSSHDRefusesAreTakenBack(t *testing.T) {
	m := newMachine(t)
	m.fails = "sshd -t"
	path := filepath.Join(m.Root, "etc/ssh/sshd_config.d/perfrun.conf")
	check := func(want string) {
		t.Helper()
		problem, ok := errors.AsType[*results.Problem](m.Install(t.Context(), examplePlan()))
		if !ok || !strings.Contains(problem.Error(), "bad configuration option") {
			t.Errorf("%v", problem)
		}
		if text, _ := os.ReadFile(path); string(text) != want {
			t.Errorf("the settings are %q, want %q", text, want)
		}
		if slices.ContainsFunc(m.ran, func(line string) bool { return strings.Contains(line, "reload-or") }) {
			t.Errorf("sshd was made to read them: %q", m.ran)
		}
	}
	check("")
	if err := os.WriteFile(path, []byte("older\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	check("older\n")
}

func TestRemove(t *testing.T) {
	check := func(everything bool, want string) {
		t.Helper()
		m := newMachine(t)
		if err := m.Install(t.Context(), examplePlan()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.Root, "var/lib/perfrun/perfrun.db"), []byte("samples"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := m.Remove(t.Context(), examplePlan(), everything); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.tree(t); got != want || len(m.users) > 0 {
			t.Errorf("left are users %q and\n%s", m.users, got)
		}
		if _, err := os.Stat(filepath.Join(m.Root, "var/cache/perfrun")); err == nil {
			t.Error("the cache is left")
		}
		if end, gone := slices.Index(m.ran, "end perfrun-ssh"), slices.Index(m.ran, "userdel perfrun-ssh"); end < 0 || gone < end {
			t.Errorf("a user with processes cannot be removed: %q", m.ran)
		}
	}
	check(false, "/etc/perfrun/perfrun.yml: \"quiet: isolate\\n\"\n/usr/bin/perfrun: \"a program\"\n/var/lib/perfrun/perfrun.db: \"samples\"\n")
	check(true, "/usr/bin/perfrun: \"a program\"\n")
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	for _, command := range []string{"useradd", "systemctl daemon-reload", "systemctl enable"} {
		m := newMachine(t)
		m.fails = command
		err := m.Install(t.Context(), examplePlan())
		if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.HasPrefix(problem.Where, command) {
			t.Errorf("%s: %v", command, err)
		}
	}
}

// TestRemoveLeavesWhatOthersMade: an account that the configuration names, and a program
// that a package brought.
func TestRemoveLeavesWhatOthersMade(t *testing.T) {
	m := newMachine(t)
	plan := examplePlan()
	plan.Copied = "/var/lib/perfrun/installed"
	m.users = []string{"perfrun-ssh:x:120:120::/srv/theirs:/bin/sh"}
	m.packaged = true
	if err := errors.Join(m.Install(t.Context(), plan), m.Remove(t.Context(), plan, true)); err != nil {
		t.Fatal(err)
	}
	if got := m.tree(t); got != "/usr/bin/perfrun: \"a program\"\n" {
		t.Errorf("left is %s", got)
	}
	if len(m.users) != 1 || slices.Contains(m.ran, "end perfrun-ssh") {
		t.Errorf("the account is touched: %q, %q", m.users, m.ran)
	}
}

// TestTheMachineIsPutBackBeforeAnythingGoes: the journal of what was changed lies among what
// --purge removes.
func TestTheMachineIsPutBackBeforeAnythingGoes(t *testing.T) {
	check := func(fails error, stays bool) {
		t.Helper()
		m, plan := newMachine(t), examplePlan()
		journal := filepath.Join(m.Root, "var/lib/perfrun/journal")
		if err := errors.Join(m.Install(t.Context(), plan), os.WriteFile(journal, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		plan.PutBack = func() error {
			if _, err := os.Stat(journal); err != nil || !slices.Contains(m.ran, "systemctl disable --now perfrun.service") {
				t.Errorf("it is called too late, or too early: %v, %q", err, m.ran)
			}
			return fails
		}
		if err := m.Remove(t.Context(), plan, true); !errors.Is(err, fails) {
			t.Errorf("%v, want %v", err, fails)
		}
		if _, err := os.Stat(journal); (err == nil) != stays {
			t.Errorf("the journal: %v, stays %v", err, stays)
		}
	}
	check(nil, false)
	check(errors.New("a knob cannot be written"), true)
}

// TestRemoveTakesTheProgramThatInstallBrought: and no other.
func TestRemoveTakesTheProgramThatInstallBrought(t *testing.T) {
	plan := examplePlan()
	plan.Copied = "/var/lib/perfrun/installed"
	check := func(before, want string) {
		t.Helper()
		m := newMachine(t)
		path := filepath.Join(m.Root, plan.Program)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(before), 0o755)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(m.Install(t.Context(), plan), m.Remove(t.Context(), plan, true)); err != nil {
			t.Fatal(err)
		}
		if got := m.tree(t); got != want {
			t.Errorf("left is %s", got)
		}
	}
	check("an older program", "")
	check("a program", "/usr/bin/perfrun: \"a program\"\n")
}

// TestWhatWasChangedIsStartedAgain: a daemon reads its configuration when it begins.
func TestWhatWasChangedIsStartedAgain(t *testing.T) {
	plan := examplePlan()
	plan.Reads = map[string][]string{"perfrun.service": {"/etc/perfrun/perfrun.yml", "/no/such"}}
	check := func(since string, want bool) {
		t.Helper()
		m := newMachine(t)
		m.since = since
		if err := m.Install(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(m.ran, "systemctl try-restart perfrun.service"); got != want {
			t.Errorf("began %q: started again is %v", since, got)
		}
		if got := slices.ContainsFunc(m.said, func(line string) bool { return strings.Contains(line, "because /etc/perfrun/perfrun.yml was changed") }); got != want {
			t.Errorf("it says %q", m.said)
		}
	}
	check("", false) // it does not run
	check(time.Now().Add(time.Hour).UTC().Format(stamp), false)
	check(time.Now().Add(-time.Hour).UTC().Format(stamp), true)
	check("yesterday", true) // rather once too often
}
