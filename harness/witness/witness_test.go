package witness

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// machine is a recorded machine whose counters move on when told to.
type machine struct {
	t          *testing.T
	root, tree string
}

func recorded(t *testing.T, name string) machine {
	t.Helper()
	tree, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	m := machine{t, filepath.Join(t.TempDir(), "root"), tree}
	m.show("before")
	return m
}

// show makes the machine's root the tree of the given moment.
func (m machine) show(moment string) {
	m.t.Helper()
	next := m.root + ".next"
	if err := os.Symlink(filepath.Join(m.tree, moment), next); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(next, m.root); err != nil {
		m.t.Fatal(err)
	}
}

// watch takes both readings of a recorded machine, one second apart.
func (m machine) watch(w *Watcher, sampler Sampler) (before, after Reading) {
	m.t.Helper()
	clock := time.Now()
	w.now = func() time.Time { return clock }
	before, err := w.Read(sampler)
	if err != nil {
		m.t.Fatal(err)
	}
	m.show("after")
	clock = clock.Add(time.Second)
	if after, err = w.Read(sampler); err != nil {
		m.t.Fatal(err)
	}
	return before, after
}

func TestRecordedMachines(t *testing.T) {
	const ms = time.Millisecond
	check := func(name string, cpus cpuset.Set, sampler Sampler, bench time.Duration, want results.Witness, unseen ...string) {
		t.Helper()
		m := recorded(t, name)
		w := New(m.root, cpus)
		if diff := cmp.Diff(unseen, w.Unseen()); diff != "" {
			t.Errorf("%s: unseen (-want +got):\n%s", name, diff)
		}
		before, after := m.watch(w, sampler)
		want.Window = time.Second
		accounts := results.Accounts{User: bench * 3 / 4, System: bench / 4}
		if diff := cmp.Diff(want, Diff(before, after, accounts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	sampler := Sampler{PID: 812, TID: 815}
	// 650 ms ran, of which 10 were stolen, 600 were the benchmark's, 2 the sampler's.
	check("c5.2xlarge", cpuset.Of(3), sampler, 600*ms, results.Witness{
		Foreign: 38 * ms, Steal: 10 * ms, Interrupts: 12 + 30, SoftIRQs: 5 + 7 + 1, Refaults: 40,
		CPUPressure: 1200 * time.Microsecond, IOPressure: 300 * time.Microsecond,
	}, "migrations", "throttles", "temperature", "frequency")
	// CPUs 1, 3, 5 and so on are offline and have no columns; a disk is hotter than the processor.
	check("i5-12400", cpuset.Of(8, 10), Sampler{}, 690*ms, results.Witness{
		Foreign: 10 * ms, Interrupts: 4 + 1, SoftIRQs: 4, Throttles: 2 + 1, Temperature: 64000, Frequency: 4210000,
		Refaults: 300, Swaps: 7, CPUPressure: 2500 * time.Microsecond, IOPressure: 4 * ms, MemoryStalls: 550 * time.Microsecond,
	}, "migrations")
	// 400 ms were idle, 550 the benchmark's, 20 the sampler's.
	check("minimal", cpuset.Of(1), sampler, 550*ms, results.Witness{
		Foreign: 30 * ms, Interrupts: 21, SoftIRQs: 20, Refaults: 5,
	}, "migrations", "throttles", "temperature", "frequency", "cpu-pressure", "io-pressure", "memory-stalls")
	// A benchmark that ran elsewhere, or was charged for more than we saw, leaves no less than nothing.
	check("minimal", cpuset.Of(1), Sampler{}, 2*time.Second, results.Witness{Interrupts: 21, SoftIRQs: 20, Refaults: 5},
		"migrations", "throttles", "temperature", "frequency", "cpu-pressure", "io-pressure", "memory-stalls")
}

func TestMachineThatShowsNothing(t *testing.T) {
	root := t.TempDir()
	w := New(root, cpuset.Of(0))
	if got, all := len(w.Unseen()), len(results.Quantities()); got != all-1 { // switches are an account
		t.Errorf("%d of %d are unseen: %v", got, all, w.Unseen())
	}
	before, err := w.Read(Sampler{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := w.Read(Sampler{})
	if err != nil {
		t.Fatal(err)
	}
	got := Diff(before, after, results.Accounts{})
	got.Window = 0
	if diff := cmp.Diff(results.Witness{}, got); diff != "" {
		t.Errorf("a witness of nothing (-want +got):\n%s", diff)
	}
	if _, err := w.Read(Sampler{PID: 812, TID: 815}); err == nil {
		t.Error("a sampler that is not there is no error")
	}
}

func TestWhatVanishesIsSaid(t *testing.T) {
	check := func(file string, wantErr bool) {
		t.Helper()
		root := t.TempDir()
		if err := os.CopyFS(root, os.DirFS("testdata/i5-12400/before")); err != nil {
			t.Fatal(err)
		}
		w := New(root, cpuset.Of(8))
		if err := os.Remove(filepath.Join(root, file)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Read(Sampler{}); (err != nil) != wantErr {
			t.Errorf("without %s: error %v, want one: %v", file, err, wantErr)
		}
	}
	check("proc/stat", true)
	check("proc/schedstat", true)
	check("proc/pressure/memory", true)
	// A CPU that goes offline takes these with it.
	check("sys/devices/system/cpu/cpu8/thermal_throttle/core_throttle_count", false)
	check("sys/devices/system/cpu/cpu8/cpufreq/scaling_cur_freq", false)
	check("sys/class/hwmon/hwmon2/temp1_input", false)
}

func TestResolution(t *testing.T) {
	check := func(name string, cpus cpuset.Set, want map[string]float64) {
		t.Helper()
		w := New(recorded(t, name).root, cpus)
		for quantity, step := range want {
			if got := w.Resolution(quantity); got != step {
				t.Errorf("%s: resolution of %s is %v, want %v", name, quantity, got, step)
			}
		}
	}
	check("c5.2xlarge", cpuset.Of(2, 3), map[string]float64{
		results.QuantityForeign: 2e5, results.QuantitySteal: 2e7, results.QuantityRefaults: 1000,
		results.QuantityInterrupts: 1, results.QuantityCPUPressure: 1000, results.QuantityThrottles: 0, results.QuantitySwitches: 1,
	})
	check("minimal", cpuset.Of(1), map[string]float64{
		results.QuantityForeign: 4e7, results.QuantitySteal: 1e7, results.QuantityRefaults: 250, results.QuantityCPUPressure: 0,
	})
}

func TestTemperatureSources(t *testing.T) {
	check := func(what string, files map[string]string, want int64) {
		t.Helper()
		root := t.TempDir()
		for file, text := range files {
			path := filepath.Join(root, "sys/class", file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, err := New(root, cpuset.Of(0)).Read(Sampler{})
		if err != nil || r.temperature != want {
			t.Errorf("%s: %d, %v; want %d", what, r.temperature, err, want)
		}
	}
	check("no package sensor", map[string]string{
		"hwmon/hwmon0/name": "coretemp", "hwmon/hwmon0/temp2_input": "40000", "hwmon/hwmon0/temp3_input": "41000",
	}, 41000)
	check("the package's is asked, cores are left alone", map[string]string{
		"hwmon/hwmon0/name": "coretemp", "hwmon/hwmon0/temp1_input": "40000", "hwmon/hwmon0/temp1_label": "Package id 0",
		"hwmon/hwmon0/temp2_input": "41000", "hwmon/hwmon0/temp2_label": "Core 0",
	}, 40000)
	check("no processor sensor", map[string]string{
		"hwmon/hwmon0/name": "nct6775", "hwmon/hwmon0/temp1_input": "38000", "hwmon/hwmon0/temp2_input": "broken",
	}, 38000)
	check("zones alone", map[string]string{"thermal/thermal_zone0/temp": "27800", "thermal/thermal_zone1/temp": "52000"}, 52000)
	check("below freezing", map[string]string{"thermal/thermal_zone0/temp": "-5000"}, -5000)
	check("none", nil, 0)
}

// TestThisMachine reads real files; what they say is this machine's affair.
func TestThisMachine(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := Sampler{PID: os.Getpid(), TID: unix.Gettid()}
	w := New("/", cpuset.Of(0))
	before, err := w.Read(self)
	if err != nil {
		t.Fatal(err)
	}
	after, err := w.Read(self)
	if err != nil {
		t.Fatal(err)
	}
	got := Diff(before, after, results.Accounts{})
	if got.Window <= 0 || got.Foreign < 0 || after.sampler <= 0 {
		t.Errorf("window %v, foreign %v, own thread %v", got.Window, got.Foreign, after.sampler)
	}
}

func BenchmarkReading(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := Sampler{PID: os.Getpid(), TID: unix.Gettid()}
	w := New("/", cpuset.Of(0))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Read(self); err != nil {
			b.Fatal(err)
		}
	}
}
