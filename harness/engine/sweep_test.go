package engine_test

import (
	"os/exec"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/host"
)

// The labels are what older and newer versions of perfrun go by, so they are
// spelt out here.
func TestSweep(t *testing.T) {
	alive, err := host.Self()
	if err != nil {
		t.Fatal(err)
	}
	other, reused, rebooted := alive, alive, alive
	other.Machine, other.PID = "00000000000000000000000000000000", dead(t)
	reused.Start++ // somebody else with the same number
	rebooted.Boot = "before"
	gone := alive
	gone.PID = dead(t)
	tests := map[string]struct {
		owner string
		stays bool
	}{
		"dead":            {owner: gone.String()},
		"number reused":   {owner: reused.String()},
		"before the boot": {owner: rebooted.String()},
		"alive":           {owner: alive.String(), stays: true},
		"another machine": {owner: other.String(), stays: true},
		"not an owner":    {owner: "me", stays: true},
		"no label":        {stays: true},
	}
	spec := newSpec(t)
	ids := map[string]string{}
	for name, test := range tests {
		args := []string{"create", "--label", "dev.mtrlz.perfrun.run=" + spec.Run}
		if test.owner != "" {
			args = append(args, "--label", "dev.mtrlz.perfrun.owner="+test.owner)
		}
		ids[name] = docker(t, append(args, image, "true")...)
	}
	removed, err := openDocker(t).Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left, said := strings.Join(containers(t, spec.Run), " "), strings.Join(removed, "\n")
	for name, test := range tests {
		if strings.Contains(left, ids[name]) != test.stays {
			t.Errorf("%s: stays is %v, want %v", name, !test.stays, test.stays)
		}
		if strings.Contains(said, "container "+ids[name][:12]+" of run "+spec.Run) == test.stays {
			t.Errorf("%s: said to be removed: %v, want %v", name, test.stays, !test.stays)
		}
	}
}

// dead is the number of a process that has ended.
func dead(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}
