package setting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Systemctl runs the system's systemctl and returns what it printed.
type Systemctl func(args ...string) (string, error)

// systemctlIn bounds one call: services may take their time to stop.
const systemctlIn = 60 * time.Second

// RunSystemctl is the Systemctl of this machine.
func RunSystemctl(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), systemctlIn)
	defer cancel()
	cmd := exec.CommandContext(ctx, "systemctl", append([]string{"--no-pager", "--no-ask-password"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	text := strings.TrimSpace(string(out))
	if err != nil && stderr.Len() > 0 {
		err = fmt.Errorf("systemctl %s: %s", args[0], strings.TrimSpace(stderr.String()))
	}
	return text, err
}

// HasSystemd reports whether systemd runs this machine (sd_booted(3)).
func HasSystemd(root string) bool {
	_, err := os.Stat(filepath.Join(root, "run/systemd/system"))
	return err == nil
}

// The values of a Service.
const (
	Active   = "active"
	Inactive = "inactive"
)

// Service is the kind of systemd's services: whether one runs. A target is a
// unit's name.
type Service struct {
	Run Systemctl
}

// Name implements journal.Kind.
func (Service) Name() string { return "service" }

// Persists implements journal.Kind: a service that ran without being enabled
// stays stopped after a reboot.
func (Service) Persists() bool { return true }

// Transient implements journal.Kind.
func (Service) Transient() bool { return false }

// Read implements journal.Kind. A unit that does not exist is fs.ErrNotExist.
func (s Service) Read(unit string) (string, error) {
	if err := checkUnit(unit); err != nil {
		return "", err
	}
	out, err := s.Run("show", "-p", "LoadState", "-p", "ActiveState", unit)
	if err != nil {
		return "", err
	}
	if strings.Contains(out, "LoadState=not-found") {
		return "", fmt.Errorf("unit %s: %w", unit, fs.ErrNotExist)
	}
	for _, state := range []string{"active", "activating", "reloading"} {
		if strings.Contains("\n"+out+"\n", "\nActiveState="+state+"\n") {
			return Active, nil
		}
	}
	return Inactive, nil
}

// Write implements journal.Kind.
func (s Service) Write(unit, value string) error {
	if err := checkUnit(unit); err != nil {
		return err
	}
	verb := "stop"
	if value == Active {
		verb = "start"
	}
	_, err := s.Run(verb, unit)
	return err
}

// Made implements journal.Kind.
func (Service) Made(_, _, _ string) bool { return false }

// Same implements journal.Kind.
func (Service) Same(_, a, b string) bool { return a == b }

func checkUnit(unit string) error {
	if unit == "" || strings.HasPrefix(unit, "-") || strings.ContainsAny(unit, "/ \n\x00") {
		return fmt.Errorf("%q is no unit", unit)
	}
	return nil
}

// AllowedCPUs is the kind of a unit's AllowedCPUs= (systemd.resource-control(5)),
// set until the next boot. A target is a unit's name, a value a list of CPUs, or
// empty for all.
type AllowedCPUs struct {
	Root string
	Run  Systemctl
}

// Name implements journal.Kind.
func (AllowedCPUs) Name() string { return "allowed-cpus" }

// Persists implements journal.Kind.
func (AllowedCPUs) Persists() bool { return false }

// Transient implements journal.Kind.
func (AllowedCPUs) Transient() bool { return false }

// Read implements journal.Kind.
func (a AllowedCPUs) Read(unit string) (string, error) {
	if err := checkUnit(unit); err != nil {
		return "", err
	}
	value, err := a.Run("show", "-p", "AllowedCPUs", "--value", unit)
	return strings.ReplaceAll(value, " ", ","), err
}

// Write implements journal.Kind.
func (a AllowedCPUs) Write(unit, value string) error {
	if err := checkUnit(unit); err != nil {
		return err
	}
	if value != "" {
		return a.set(unit, value)
	}
	return a.clear(unit)
}

func (a AllowedCPUs) set(unit, value string) error {
	_, err := a.Run("set-property", "--runtime", unit, "AllowedCPUs="+value)
	return err
}

// clear lets a unit use all CPUs again. To take the property away is not enough:
// systemd 252 forgets it and leaves the unit's cgroup confined. So the unit is
// given all CPUs first, and its cgroup what it had without the property. The file
// that systemd made for the property is taken away: it would say nothing.
func (a AllowedCPUs) clear(unit string) error {
	file := File{Root: a.Root}
	online, err := file.Read("/sys/devices/system/cpu/online")
	if err != nil {
		return err
	}
	if err := a.set(unit, online); err != nil {
		return err
	}
	if err := a.set(unit, ""); err != nil {
		return err
	}
	err = file.Write("/sys/fs/cgroup/"+unit+"/cpuset.cpus", "")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return a.forget(unit)
}

// forget removes the property's file.
func (a AllowedCPUs) forget(unit string) error {
	folder := filepath.Join(a.Root, "run/systemd/system.control", unit+".d")
	err := os.Remove(filepath.Join(folder, "50-AllowedCPUs.conf"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_ = os.Remove(folder) // it stays if there is something else in it
	return nil
}

// Made implements journal.Kind.
func (AllowedCPUs) Made(_, _, _ string) bool { return false }

// Same implements journal.Kind.
func (AllowedCPUs) Same(_, a, b string) bool {
	return Meaning("cpuset.cpus", strings.ReplaceAll(a, " ", ",")) == Meaning("cpuset.cpus", strings.ReplaceAll(b, " ", ","))
}
