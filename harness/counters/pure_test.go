package counters

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestSince(t *testing.T) {
	check := func(what string, before, after Reading, want Count) {
		t.Helper()
		if diff := cmp.Diff(want, after.Since(before)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	at := func(all, own tally) Reading { return Reading{all: all, own: own, still: true} }
	begin := at(tally{1000, 50, 50}, tally{100, 10, 10})
	check("exact", begin, at(tally{1700, 90, 90}, tally{130, 20, 20}), Count{Value: 670, Exact: true, Share: 1})
	check("half of the time", begin, at(tally{1700, 90, 70}, tally{100, 10, 10}), Count{Value: 1400, Share: 0.5})
	check("own half of the time", begin, at(tally{1700, 90, 90}, tally{130, 30, 20}), Count{Value: 640, Share: 1})
	check("it was never counted", begin, at(tally{1000, 90, 50}, tally{100, 10, 10}), Count{})
	check("it never ran", begin, at(tally{1000, 50, 50}, tally{100, 10, 10}), Count{})
	check("earlier multiplexing is no matter", at(tally{1000, 500, 50}, tally{}), at(tally{1700, 540, 90}, tally{}), Count{Value: 700, Exact: true, Share: 1})
	check("own is more than all", begin, at(tally{1010, 60, 60}, tally{200, 20, 20}), Count{})
	check("backwards", at(tally{1700, 90, 90}, tally{}), at(tally{1000, 50, 50}, tally{}), Count{})
	check("too large to scale", at(tally{}, tally{}), at(tally{math.MaxUint64, 90, 1}, tally{}), Count{Value: math.MaxUint64, Share: 1. / 90})
	moving := at(tally{1700, 90, 90}, tally{130, 20, 20})
	moving.still = false
	check("not still after", begin, moving, Count{Value: 670, Share: 1})
	check("not still before", moving, at(tally{2700, 190, 190}, tally{130, 20, 20}), Count{Value: 1000, Share: 1})
}

// TestEstimate: what was not counted only adds, and in proportion.
func TestEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counted := rapid.Uint64Range(1, 1e15).Draw(t, "counted")
		wanted := rapid.Uint64Range(counted, 2e15).Draw(t, "wanted")
		value := rapid.Uint64Range(0, 1e15).Draw(t, "value")
		got := tally{value, wanted, counted}.estimate()
		want := float64(value) * (float64(wanted) / float64(counted))
		if got < value || want < 1e18 && math.Abs(float64(got)-want) > 1+want*1e-9 {
			t.Fatalf("estimate %d, want %g", got, want)
		}
	})
}

func TestExplain(t *testing.T) {
	root := t.TempDir()
	write(t, root, "proc/sys/kernel/perf_event_paranoid", "3\n")
	check := func(number unix.Errno, want string) {
		t.Helper()
		err := explain(root, Instructions, number)
		absent, ok := errors.AsType[*Absent](err)
		if !errors.Is(err, number) || ok != (want != "") || ok && absent.Error() != "there is no counter of instructions: "+want {
			t.Errorf("%s: %v, want %q", unix.ErrnoName(number), err, want)
		}
	}
	for _, number := range []unix.Errno{unix.ENOENT, unix.ENODEV, unix.ENXIO, unix.EOPNOTSUPP} {
		check(number, "the processor has none or does not show it; virtual machines hide them as a rule")
	}
	for _, number := range []unix.Errno{unix.EACCES, unix.EPERM} {
		check(number, "this user may not count (kernel.perf_event_paranoid is 3); it takes root or CAP_PERFMON")
	}
	check(unix.ENOSYS, "the kernel was built without performance events, or they are filtered away")
	check(unix.EINVAL, "the kernel cannot count it in this way")
	check(unix.E2BIG, "the kernel cannot count it in this way")
	check(unix.EBUSY, "another program has taken the counter for itself alone")
	check(unix.EMFILE, "too many files are open")
	check(unix.ENFILE, "too many files are open")
	check(unix.ESRCH, "")
	check(unix.EBADF, "")
	root = t.TempDir() // without the setting
	check(unix.EPERM, "this user may not count; it takes root or CAP_PERFMON")
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTargetInWords(t *testing.T) {
	for want, target := range map[string]Target{
		"the processes that thread 7 launches": {Thread: 7},
		"the cgroup /c on cpus 2-3":            {Cgroup: "/c", CPUs: []int{2, 3}, Thread: 7},
	} {
		if got := target.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
