package lock

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHolders: the kernel says who holds it, the file only what they call
// themselves.
func TestHolders(t *testing.T) {
	path := at(t)
	check := func(what string, want ...string) {
		t.Helper()
		list, err := Holders(path)
		if err != nil || len(list) != len(want) {
			t.Fatalf("%s: %v, %v; want %q", what, list, err, want)
		}
		for i, h := range list {
			if !strings.HasPrefix(h.String(), want[i]) {
				t.Errorf("%s: %s, want %s", what, h, want[i])
			}
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	check("no file")
	ann := Holder{User: "ann", PID: os.Getpid(), What: "building"}
	first, err := Share(t.Context(), path, ann, func([]Holder) { t.Error("a wait") })
	if err != nil {
		t.Fatal(err)
	}
	check("one shares", "building of ann")
	second := start(t, "share", path, nil)
	check("two share", "building of ann", "run abc of nikhil")
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	check("the first has gone", "run abc of nikhil")
	write("")
	check("its line is gone", fmt.Sprintf("process %d, which did not say who it is", second.Process.Pid))
	write(fmt.Sprintf("{\"pid\":%d,\"user\":\"a\\u001b[2Jb\",\"what\":%q}", second.Process.Pid, strings.Repeat("w", 500)))
	check("its line is hostile", strings.Repeat("w", mostWhat-1)+"… of a\ufffd[2Jb")
	second.kill()
	check("nobody is left, but a line")

	junk := "\x00garbage\n{\"pid\":1,\"user\":\"liar\"}\nnull\n" + strings.Repeat("x", mostFile)
	write(junk)
	check("lies")
	third := start(t, "share", path, nil)
	check("after junk without an end", "run abc of nikhil")
	third.kill()
	start(t, "hold", path, nil)
	check("whoever is alone", "run abc of nikhil")
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "liar") {
		t.Errorf("whoever is alone left\n%s%v", text, err)
	}
}

// TestLastToShareSweeps: the file does not grow where nobody is ever alone.
func TestLastToShareSweeps(t *testing.T) {
	path := at(t)
	var held [2]*Lock
	for i := range held {
		var err error
		if held[i], err = Share(t.Context(), path, me(), func([]Holder) {}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want int) {
		t.Helper()
		if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "nikhil") != want {
			t.Errorf("the file says, want %d lines:\n%s%v", want, text, err)
		}
	}
	check(2)
	if list, err := Holders(path); err != nil || len(list) != 1 {
		t.Errorf("one process that shares it twice is shown as %v, %v", list, err)
	}
	for i, want := range []int{2, 0} {
		if err := held[i].Release(); err != nil {
			t.Fatal(err)
		}
		check(want)
	}
}

// elsewhere starts a process that counts processes anew, as in a container.
func elsewhere() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Unshareflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
	}
	return attr
}

// TestHolderInAContainer: seen from outside the kernel knows it by another number
// than it wrote; seen from inside, it does not know those outside.
func TestHolderInAContainer(t *testing.T) {
	path := at(t)
	inside := start(t, "hold", path, elsewhere())
	check := func(what, got, want string) {
		t.Helper()
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	list, err := Holders(path)
	if err != nil {
		t.Fatal(err)
	}
	check("from outside", Names(list), fmt.Sprintf("somebody who says to be run abc of nikhil (process %d, ", inside.Process.Pid))
	inside.kill()
	check("nobody, from inside", said(t, "look", path, elsewhere()), "<nil>")

	forget := func() {
		t.Helper()
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	forget()
	outside := start(t, "share", path, nil)
	check("from inside", said(t, "look", path, elsewhere()), fmt.Sprintf("somebody who says to be run abc of nikhil (process %d, ", outside.Process.Pid))
	outside.kill()
	start(t, "hold", path, nil)
	forget()
	check("from inside, without a line", said(t, "look", path, elsewhere()), "somebody who did not say who <nil>")
}

func TestFlocks(t *testing.T) {
	const text = `1: POSIX  ADVISORY  WRITE 10 00:1a:77 0 EOF
2: FLOCK  ADVISORY  WRITE 11 00:1a:77 0 EOF
2: -> FLOCK  ADVISORY  WRITE 12 00:1a:77 0 EOF
3: FLOCK  ADVISORY  READ  13 00:1a:77 0 EOF
4: FLOCK  ADVISORY  WRITE 14 00:1a:770 0 EOF
5: FLOCK  ADVISORY  WRITE 15 00:1b:77 0 EOF
6: FLOCK  ADVISORY  WRITE 0 00:1a:77 0 EOF
7: OFDLCK ADVISORY  WRITE -1 00:1a:77 0 EOF
8: FLOCK  ADVISORY  WRITE x 00:1a:77 0 EOF
9: FLOCK
`
	if diff := cmp.Diff([]held{{11, false}, {13, true}}, flocks([]byte(text), "00:1a:77"), cmp.AllowUnexported(held{})); diff != "" {
		t.Error(diff)
	}
}

func TestAncestors(t *testing.T) {
	list := ancestors()
	if len(list) == 0 || list[0] != os.Getppid() {
		t.Errorf("above this process are %v, want %d first", list, os.Getppid())
	}
}
