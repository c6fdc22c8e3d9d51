package guesttest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fatal is a test that keeps why it was ended.
type fatal struct {
	testing.TB
	reason string
}

func (f *fatal) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

func (f *fatal) Fatalf(format string, args ...any) {
	f.reason = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestFatal(t *testing.T) {
	check := func(name string, do func(t testing.TB), want ...string) {
		t.Run(name, func(t *testing.T) {
			f, done := &fatal{TB: t}, make(chan struct{})
			go func() {
				defer close(done)
				do(f)
			}()
			<-done
			for _, each := range want {
				if !strings.Contains(f.reason, each) {
					t.Errorf("the test was ended by %q, want it to say %q", f.reason, each)
				}
			}
		})
	}
	boot := func(options Options) func(testing.TB) {
		return func(t testing.TB) { Small(t, options).Wait(t.Context()) }
	}
	check("ends early", boot(Options{Script: "echo on my way; echo something bad >/dev/console; poweroff -f"}),
		"ended before its script did", "on my way", "something bad")
	check("panics", boot(Options{KernelArgs: "rdinit=/modules"}), "ended before its script did", "Kernel panic")
	check("says something else", func(t testing.TB) {
		Small(t, Options{Script: "echo A"}).WaitFor(t.Context(), "B")
	}, `the guest ended and had not said "B"`, "end of its output:\nA")
	check("over its limit", boot(Options{Limit: time.Millisecond}), "its limit of 1ms is over", "the guest is running")
	check("refused by QEMU", boot(Options{CPUs: 3, Threads: 2}), "QEMU said", "opology")
	check("no such file", boot(Options{Files: map[string]string{"/x": filepath.Join(t.TempDir(), "nothing")}}), "no such file")
	check("no path", boot(Options{Files: map[string]string{"x/../y": "/dev/null"}}), `"x/../y" is not a clean absolute path`)
	empty := filepath.Join(t.TempDir(), "empty.qcow2")
	tool(t, "qemu-img", "create", "-q", "-f", "qcow2", empty, "64M")
	check("nothing on the disk", func(t testing.TB) { Box(t, Options{Disk: empty}) }, "boot the box: the emulator ended", "mounting /dev/vda")
	check("a box with a script", func(t testing.TB) { Box(t, Options{Script: "true"}) }, "use Machine.Run")

	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	check("no guest", boot(Options{}), "run .ci/guest")
	check("no box", func(t testing.TB) { Box(t, Options{}) }, "run .ci/guest")
}
