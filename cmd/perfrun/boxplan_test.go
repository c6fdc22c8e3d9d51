package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/box/setup"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/access"
)

// TestKeysElsewhereCostNobodyAFolder: box.keys may lie in a person's home, or in /etc.
func TestKeysElsewhereCostNobodyAFolder(t *testing.T) {
	root := t.TempDir()
	home := filepath.Join(root, "home/ada")
	keys := filepath.Join(home, ".ssh/authorized_keys")
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	const own = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB ada@laptop\n"
	must(os.MkdirAll(filepath.Dir(keys), 0o750), os.WriteFile(filepath.Join(home, "thesis"), nil, 0o644), os.WriteFile(keys, []byte(own), 0o600))
	system := setup.System{
		Root: root, Self: os.Args[0], Say: func(string) {}, End: func(context.Context, string) error { return nil },
		Run: func(context.Context, string, ...string) (string, error) { return "", nil },
	}
	c := config.Default()
	c.Box.Keys = "/home/ada/.ssh/authorized_keys"
	must(system.Install(t.Context(), boxPlan(c, unitOptions(c))))
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + strings.Repeat("A", 43)
	_, err := access.File{Path: keys, Program: boxBinary}.Add(access.Grant{Name: "bob", Role: results.Viewer, Key: key})
	must(err, withdraw(system, c), system.Remove(t.Context(), removal(c), true))
	if text, err := os.ReadFile(keys); string(text) != own {
		t.Errorf("the keys are %q, %v", text, err)
	}
	info, err := os.Stat(filepath.Dir(keys))
	must(err)
	if _, err := os.Stat(filepath.Join(home, "thesis")); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("somebody's home was touched: %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(root, boxHome)); err == nil {
		t.Error("perfrun's own home is still there")
	}
}
