package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// Process names one process so that no other, now or later, here or elsewhere,
// has the same name: a PID alone comes back.
type Process struct {
	Machine string // /etc/machine-id
	Boot    string // /proc/sys/kernel/random/boot_id
	PID     int
	Start   uint64 // clock ticks from boot to its start (proc(5), stat field 22)
}

// Self names the calling process.
func Self() (Process, error) {
	process, err := procfs.Self()
	if err != nil {
		return Process{}, fmt.Errorf("read own process: %w", err)
	}
	stat, err := process.Stat()
	if err != nil {
		return Process{}, fmt.Errorf("read own start time: %w", err)
	}
	return Process{Machine: readLine("/etc/machine-id"), Boot: bootID(), PID: process.PID, Start: stat.Starttime}, nil
}

// ParseProcess reads what String wrote.
func ParseProcess(text string) (Process, error) {
	fields := strings.Split(text, "/")
	if len(fields) != 4 {
		return Process{}, fmt.Errorf("%q names no process", text)
	}
	pid, err := strconv.Atoi(fields[2])
	if err != nil {
		return Process{}, fmt.Errorf("%q names no process: %w", text, err)
	}
	start, err := strconv.ParseUint(fields[3], 10, 64)
	if err != nil {
		return Process{}, fmt.Errorf("%q names no process: %w", text, err)
	}
	return Process{Machine: fields[0], Boot: fields[1], PID: pid, Start: start}, nil
}

// String writes the name as machine/boot/pid/start.
func (p Process) String() string {
	return fmt.Sprintf("%s/%s/%d/%d", p.Machine, p.Boot, p.PID, p.Start)
}

// Here reports whether the process is or was one of this machine; whether one of
// another machine lives cannot be known here.
func (p Process) Here() bool { return p.Machine == readLine("/etc/machine-id") }

// Alive reports whether the process still runs on this machine.
func (p Process) Alive() bool {
	if !p.Here() || p.Boot != bootID() {
		return false
	}
	process, err := procfs.NewProc(p.PID)
	if err != nil {
		return false
	}
	stat, err := process.Stat()
	return err == nil && stat.Starttime == p.Start && stat.State != "Z"
}

func bootID() string { return readLine("/proc/sys/kernel/random/boot_id") }

// readLine returns a small file's content without the line end, or nothing.
func readLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
