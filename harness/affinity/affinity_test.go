package affinity

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// TestMain plays the pinned process, so that the tests' own stays as it is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "pinned" {
		os.Exit(pinned(os.Args[2]))
	}
	os.Exit(m.Run())
}

func pinned(list string) int {
	cpus, err := cpuset.Parse(list)
	if err == nil {
		err = PinProcess(cpus)
	}
	if err != nil {
		os.Stdout.WriteString(err.Error())
		return 1
	}
	// A thread made after the pin is confined as well.
	masks := make(chan string)
	go func() {
		runtime.LockOSThread()
		allowed, _ := Allowed()
		masks <- allowed.String()
	}()
	os.Stdout.WriteString(<-masks)
	return 0
}

func TestPinProcessHoldsForEveryThread(t *testing.T) {
	allowed, err := Allowed()
	if err != nil || len(allowed) == 0 {
		t.Fatalf("allowed %v, %v", allowed, err)
	}
	want := allowed[len(allowed)-1:].String()
	out, err := exec.Command(os.Args[0], "pinned", want).Output()
	if err != nil || string(out) != want {
		t.Errorf("a thread of a process pinned to %s may run on %q (%v)", want, out, err)
	}
}

func TestPinRefusesWhatCannotBe(t *testing.T) {
	check := func(list, want string) {
		t.Helper()
		out, err := exec.Command(os.Args[0], "pinned", list).Output()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("pin to %q: %q, %v; want an error with %q", list, out, err, want)
		}
	}
	check("", "no CPU at all")
	check("8000", "invalid argument")
}
