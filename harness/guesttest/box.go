package guesttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// Machine is a box: a whole Debian 12 that runs, with systemd, sshd and Docker.
type Machine struct {
	emulator *emulator
	options  Options
	port     int
	disk     string
	sockets  string // the folder of ssh's control sockets
	socket   string // that of the present boot
}

// Box boots a Debian on a new disk, or on the options' one, and returns when systemd
// has started all that it had to, whether or not everything did. It reaches no
// network. What is wrong ends the test.
func Box(t testing.TB, options Options) *Machine {
	t.Helper()
	if options.Script != "" {
		t.Fatal("a box runs no script: use Machine.Run")
	}
	m := &Machine{options: options.withDefaults(2048), disk: options.Disk}
	if m.disk == "" {
		m.disk = newOverlay(t)
	}
	files := map[string]string{}
	for name, file := range options.Files {
		files["/files"+name] = file
	}
	image := initramfs(t, tree{
		dirs:  []string{"/proc", "/sys", "/dev", "/disk", "/files"},
		texts: map[string]string{"/init": boxInit},
		files: files,
	})
	// Docker needs AppArmor's tools where the kernel has AppArmor.
	line := "ro apparmor=0 net.ifnames=0 systemd.show_status=1"
	if options.CgroupV1 {
		line += " systemd.unified_cgroup_hierarchy=0"
	}
	arguments := append(m.options.arguments(part(t, "vmlinuz"), image, line), drive(m.disk, "qcow2")...)
	for tries := 0; ; tries++ {
		m.port = freePort(t)
		m.emulator = power(t, append(arguments, m.network()...))
		err := m.waitReady(t.Context(), 1)
		if err == nil {
			break
		}
		// Somebody may take the port before the emulator does.
		if taken := strings.Contains(m.emulator.errors.String(), "host forwarding"); !taken || tries == 4 {
			m.emulator.fatal("boot the box: %v", err)
		}
	}
	m.connect(t.Context())
	return m
}

func (m *Machine) network() []string {
	user := "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:" + strconv.Itoa(m.port) + "-:22"
	for address, command := range m.options.Reach {
		user += ",guestfwd=tcp:" + address + "-cmd:" + strings.ReplaceAll(command, ",", ",,")
	}
	return []string{
		"-netdev", user,
		"-device", "virtio-net-pci,netdev=net,romfile=",
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// boots counts how often the box has said that it is up, whole lines only.
func boots(output string) int {
	count := 0
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "ready ") && strings.HasSuffix(line, "\n") {
			count++
		}
	}
	return count
}

// waitReady waits for the end of that many boots since power-on.
func (m *Machine) waitReady(ctx context.Context, count int) error {
	limit := m.options.Limit
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it was not up within %v", limit))
	defer cancel()
	ready, err := m.emulator.output.wait(ctx, func(output string) bool { return boots(output) >= count })
	if err == nil && !ready {
		err = errors.New("the emulator ended")
	}
	return err
}

// Reboot restarts the box as its systemd does, and returns when it is up again.
func (m *Machine) Reboot() {
	e := m.emulator
	e.t.Helper()
	before := boots(e.output.String())
	// It may go down before it has answered: whether it came up again is what counts.
	_, _ = m.Run(e.t.Context(), "systemctl reboot")
	if err := m.waitReady(e.t.Context(), before+1); err != nil {
		e.fatal("reboot the box: %v", err)
	}
	m.connect(e.t.Context())
}

// PowerCut takes the box's power away and returns when it is dead. Boot its disk
// again with Box and Options.Disk.
func (m *Machine) PowerCut() { m.emulator.cut() }

// Disk is the host's file of the box's disk. One machine at a time may run on it.
func (m *Machine) Disk() string { return m.disk }
