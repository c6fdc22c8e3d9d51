package quiet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/guesttest"
)

// program builds this test program so that it runs where there is no C library.
func program(t *testing.T) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "quiet.test")
	cmd := exec.Command("go", "test", "-c", "-o", file, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program for the guest: %v\n%s", err, out)
	}
	return map[string]string{"/quiet.test": file}
}

// play runs a script in a guest and wants it to end well.
func play(t *testing.T, options guesttest.Options, want ...string) {
	t.Helper()
	output, status := guesttest.Small(t, options).Wait(t.Context())
	if status != 0 {
		t.Errorf("status %d:\n%s", status, output)
	}
	for _, text := range want {
		if !strings.Contains(output, text) {
			t.Errorf("no %q in\n%s", text, output)
		}
	}
}

// TestPartitionsInGuest takes CPUs by both kinds of partition, lets a rival break
// them, and puts back; then it kills perfrun at every second step.
func TestPartitionsInGuest(t *testing.T) {
	files := program(t)
	play(t, guesttest.Options{Files: files, Script: `set -e
/quiet.test part whole "isolated partition"
/quiet.test part whole "root partition" balanced
/quiet.test part killed 2
`}, `reads "isolated invalid (Cpu list in cpuset.cpus not exclusive)"`, "killed at ")
}

// TestHyperthreadsInGuest takes the sibling of the benchmark's core offline.
func TestHyperthreadsInGuest(t *testing.T) {
	play(t, guesttest.Options{CPUs: 8, Threads: 2, Files: program(t), Script: "/quiet.test part smt"})
}

// TestExclusiveCpusetInGuest does the same with cgroup v1. Most of its steps are
// tasks that move, one like the other.
func TestExclusiveCpusetInGuest(t *testing.T) {
	play(t, guesttest.Options{Files: program(t), CgroupV1: true, Script: `set -e
/quiet.test part whole "exclusive cpuset"
/quiet.test part killed 17
`}, "killed at ")
}

// TestPowerCutInGuest cuts the guest's power at steps of a run and switches it on
// again: nothing may be left, and nothing of the new boot may be touched.
func TestPowerCutInGuest(t *testing.T) {
	files := program(t)
	for _, step := range []int{0, 1, 2, 20, 45, 70, 100} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			disk := guesttest.NewDisk(t, 32)
			cut := guesttest.Small(t, guesttest.Options{
				Files: files, Disk: disk, Script: fmt.Sprintf("/quiet.test part once cut %d", step),
			})
			cut.WaitFor(t.Context(), "stopped at ")
			cut.PowerCut()
			play(t, guesttest.Options{Files: files, Disk: disk, Script: `set -e
/quiet.test part snapshot > /tmp/before
/quiet.test part recover
/quiet.test part snapshot > /tmp/after
diff /tmp/before /tmp/after
test ! -e /state/perfrun/journal
/quiet.test part whole "isolated partition"
`})
		})
	}
}
