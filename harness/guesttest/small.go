package guesttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Guest is a small guest that was switched on.
type Guest struct {
	emulator *emulator
	options  Options
	mark     string // ends the output; the script cannot know it
}

// Small boots a kernel that runs the options' script, with proc, sysfs, devtmpfs, the
// cgroups and the disk mounted and busybox's tools on its path, and then powers off.
// It does not wait for anything. What is wrong ends the test.
func Small(t testing.TB, options Options) *Guest {
	t.Helper()
	options = options.withDefaults(512)
	g := &Guest{options: options, mark: rand.Text()}
	settings, line, disk := "cgroup=1", "quiet", []string(nil)
	if !options.CgroupV1 {
		settings, line = "cgroup=2", "quiet cgroup_no_v1=all"
	}
	if options.Disk != "" {
		settings, disk = settings+" disk=yes", drive(options.Disk, "raw")
	}
	image := initramfs(t, tree{
		dirs:  []string{"/proc", "/sys", "/dev", "/state", "/tmp", "/root", "/run", "/var", "/etc"},
		texts: map[string]string{"/init": smallInit, "/script": options.Script, "/settings": settings + " mark=" + g.mark + "\n"},
		files: options.Files,
	})
	g.emulator = power(t, append(options.arguments(part(t, "vmlinuz"), image, line), append(disk, "-no-reboot")...))
	return g
}

// Wait waits until the script has ended and the guest is off. It returns what the
// script wrote, standard error too, and its exit status. A guest that ends in another
// way, or not within its limit, ends the test.
func (g *Guest) Wait(ctx context.Context) (output string, status int) {
	e := g.emulator
	e.t.Helper()
	ctx, cancel := context.WithTimeoutCause(ctx, g.options.Limit, fmt.Errorf("its limit of %v is over", g.options.Limit))
	defer cancel()
	if _, err := e.output.wait(ctx, func(string) bool { return false }); err != nil {
		e.fatal("wait for the guest to end: %v", err)
	}
	output, ending, found := strings.Cut(e.output.String(), g.mark)
	status, err := strconv.Atoi(strings.TrimSpace(ending))
	if !found || err != nil {
		e.fatal("the guest ended before its script did")
	}
	return output, status
}

// WaitFor waits until the script has written a line that contains the text. A guest
// that ends before, or does not come to it within its limit, ends the test.
func (g *Guest) WaitFor(ctx context.Context, text string) {
	e := g.emulator
	e.t.Helper()
	ctx, cancel := context.WithTimeoutCause(ctx, g.options.Limit, fmt.Errorf("its limit of %v is over", g.options.Limit))
	defer cancel()
	found, err := e.output.wait(ctx, func(all string) bool { return strings.Contains(g.lines(all), text) })
	if err != nil {
		e.fatal("wait for %q from the guest: %v", text, err)
	}
	if !found {
		e.fatal("the guest ended and had not said %q", text)
	}
}

// lines are those that the script has ended, and all that it wrote once it has ended
// itself: a line may be the beginning of the mark.
func (g *Guest) lines(all string) string {
	if output, _, ended := strings.Cut(all, g.mark); ended {
		return output
	}
	return all[:strings.LastIndexByte(all, '\n')+1]
}

// Output is what the script has written until now.
func (g *Guest) Output() string {
	output, _, _ := strings.Cut(g.emulator.output.String(), g.mark)
	return output
}

// PowerCut takes the guest's power away and returns when it is dead. Its disk keeps
// what was synced.
func (g *Guest) PowerCut() { g.emulator.cut() }
