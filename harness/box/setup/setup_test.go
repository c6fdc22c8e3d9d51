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

	"mtrlz.dev/perfrun/results"
)

// machine is a root folder and the commands that were run. That users, units and sshd
// are really there, a guest shows (package main).
type machine struct {
	System
	users []string
	ran   []string
	said  []string
	fails string // a command that begins so fails
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
		if !slices.Contains(m.users, last) {
			return "", errors.New("exit status 2")
		}
		return "", nil
	case "useradd":
		m.users = append(m.users, last)
	case "userdel":
		m.users = slices.DeleteFunc(m.users, func(u string) bool { return u == last })
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
