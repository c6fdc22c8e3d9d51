package guesttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// NewDisk makes an empty disk for small guests, of so many megabytes. It lives as
// long as the test does, whatever happens to the guests that use it; one at a time.
func NewDisk(t testing.TB, megabytes int) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk.img")
	file, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(int64(megabytes) << 20); err != nil {
		t.Fatal(err)
	}
	tool(t, "mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
	return image
}

// newOverlay makes a disk that begins as the box's and keeps what is changed.
func newOverlay(t testing.TB) string {
	t.Helper()
	overlay := filepath.Join(t.TempDir(), "box.qcow2")
	tool(t, "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", part(t, "box.img"), overlay)
	return overlay
}

// drive are QEMU's arguments for a disk. A sync in the guest is one on the host.
func drive(file, format string) []string {
	return []string{"-drive", "if=virtio,cache=writeback,format=" + format + ",file=" + file}
}

// tool runs a program of the host's, also one that only root has on its path.
func tool(t testing.TB, name string, args ...string) {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		program = filepath.Join("/usr/sbin", name)
	}
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s (.ci/setup installs what is missing): %v\n%s", strconv.Quote(name), err, out)
	}
}
