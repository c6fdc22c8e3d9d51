package witness

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

func TestSince(t *testing.T) {
	check := func(what string, before, after count, want int64) {
		t.Helper()
		if got := since(before, after); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	at := func(n uint64) count { return count{n, true} }
	check("forward", at(3), at(5), 2)
	check("backward", at(5), at(3), 0)
	check("wrapped", at(math.MaxUint32), at(1), 0)
	check("came", count{}, at(9000), 0)
	check("went", at(9000), count{}, 0)
	check("huge", at(0), at(math.MaxUint64), math.MaxInt64)
}

func TestCPUThatComesAndGoes(t *testing.T) {
	where := newPlaces([]int{1, 3})
	read := func(stat, interrupts string) Reading {
		r := Reading{cpus: make([]cpuCounters, 2)}
		parseStat([]byte(stat), where, r.cpus)
		parseInterrupts([]byte(interrupts), where, r.cpus)
		return r
	}
	both := read("cpu 9\ncpu1 0 0 0 50 0 0 0 2\ncpu3 0 0 0 50 0 0 0 2\n", " CPU1 CPU3\n 5: 10 1000 PCI nvme\n")
	later := read("cpu 9\ncpu1 0 0 0 120 0 0 0 3\ncpu3 0 0 0 120 0 0 0 3\n", " CPU1 CPU3\n 5: 11 1001 PCI nvme\n")
	one := read("cpu 9\ncpu1 0 0 0 120 0 0 0 3\n", " CPU1\n 5: 11 PCI nvme\n")
	reset := read("cpu 9\ncpu1 0 0 0 120 0 0 0 3\ncpu3 0 0 0 1 0 0 0 0\n", " CPU1 CPU3\n 5: 11 0 PCI nvme\n")
	check := func(what string, before, after Reading, foreign, steal time.Duration, interrupts int64) {
		t.Helper()
		after.at = before.at.Add(time.Second)
		want := results.Witness{Window: time.Second, Foreign: foreign, Steal: steal, Interrupts: interrupts}
		if diff := cmp.Diff(want, Diff(before, after, results.Accounts{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	const ms = time.Millisecond
	check("both stay", both, later, 2*290*ms, 20*ms, 2)
	check("one goes", both, one, 290*ms, 10*ms, 1)
	check("one comes", one, later, 0+1000*ms, 0, 0) // cpu 1 did not move, cpu 3 is new
	check("one is reset", both, reset, 290*ms, 10*ms, 1)
}

func TestSchedstat(t *testing.T) {
	check := func(what, text string, alive bool, want ...count) {
		t.Helper()
		cpus := make([]cpuCounters, 2)
		got := parseSchedstat([]byte(text), newPlaces([]int{0, 2}), cpus)
		if diff := cmp.Diff(want, []count{cpus[0].running, cpus[1].running}, cmp.AllowUnexported(count{})); diff != "" || got != alive {
			t.Errorf("%s: alive %v, want %v; running (-want +got):\n%s", what, got, alive, diff)
		}
	}
	none := count{}
	seen := func(n uint64) count { return count{n, true} }
	check("version 17", "version 17\ntimestamp 1\ncpu0 1 2 3 4 5 6 70 8 9\ndomain0 MC 3 1 1\ncpu2 1 2 3 4 5 6 71 8 9\n", true, seen(70), seen(71))
	check("other columns", "version 14\ntimestamp 1\ncpu0 1 2 3 4 5 6 7 8 9 10 11 12\n", false, none, none)
	check("no version", "cpu0 1 2 3 4 5 6 7 8 9\n", false, none, none)
	check("dead", "version 15\ncpu0 1 2 3 4 5 6 0 8 9\ncpu2 1 2 3 4 5 6 0 8 9\n", false, seen(0), seen(0))
	check("idle since boot, others not", "version 15\ncpu0 1 2 3 4 5 6 0 8 9\ncpu1 1 2 3 4 5 6 7 8 9\n", true, seen(0), none)
	check("cut off", "version 15\ncpu0 1 2 3 4 5 6", false, none, none)
	check("empty", "", false, none, none)
}

func TestOnlyDevicesInterrupt(t *testing.T) {
	check := func(line string, want uint64) {
		t.Helper()
		cpus := make([]cpuCounters, 1)
		parseInterrupts([]byte("           CPU0       CPU2\n"+line+"\n"), newPlaces([]int{2}), cpus)
		if cpus[0].interrupts.n != want {
			t.Errorf("%q counts %d, want %d", line, cpus[0].interrupts.n, want)
		}
	}
	check(" 36:          3         21  PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0", 21)
	check("LOC:          3         21   Local timer interrupts", 0)
	check("  0:          3         21  IO-APIC   2-edge      timer", 0)
	check(" 27:          3         21  HPET_MSI   2-edge      hpet2", 0)
	check(" 48:          3         21  xen-percpu    -ipi       resched0", 0)
	check(" 11:          3         21     GICv3  27 Level     arch_timer", 0)
	check(" 36:          3", 0)
	check(" 36:          3        -21  x", 0)
	check(" 36:          3 99999999999999999999999  x", 0)
}

func TestPressure(t *testing.T) {
	check := func(text, line string, want count) {
		t.Helper()
		if got := parsePressure([]byte(text), line); got != want {
			t.Errorf("%s of %q is %v, want %v", line, text, got, want)
		}
	}
	text := "some avg10=0.07 avg60=0.56 avg300=2.76 total=1542423746\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
	check(text, "some", count{1542423746000, true})
	check(text, "full", count{5000, true})
	check("some avg10=0.07 total=x\n", "some", count{})
	check("some avg10=0.07 total=18446744073709551615\n", "some", count{math.MaxUint64, true})
	check("", "full", count{})
}

func TestThreadTime(t *testing.T) {
	check := func(text string, want time.Duration, ok bool) {
		t.Helper()
		if got, counted := parseThread([]byte(text)); got != want || counted != ok {
			t.Errorf("%q: %v, %v; want %v, %v", text, got, counted, want, ok)
		}
	}
	check("1377695 208207 5\n", 1377695, true)
	check("0 0 0\n", 0, false)
	check("", 0, false)
	check("x 1 2\n", 0, false)
}

// FuzzParsers feeds hostile text to every parser, as two readings: a witness is
// never below zero, and numbers are read as strconv reads them.
func FuzzParsers(f *testing.F) {
	f.Add([]byte("version 15\ncpu0 1 2 3 4 5 6 7 8 9\n"), []byte("cpu0 1 2 3 4 5 6 7 8\n"))
	f.Add([]byte("  CPU0 CPU2\n 1: 3 4 x\nNET_RX: 1 2\n"), []byte("some total=18446744073709551615\npswpin 3"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		where := newPlaces([]int{0, 2})
		read := func(text []byte) Reading {
			r := Reading{cpus: make([]cpuCounters, 2)}
			r.exact = parseSchedstat(text, where, r.cpus)
			parseStat(text, where, r.cpus)
			parseInterrupts(text, where, r.cpus)
			parseSoftIRQs(text, where, r.cpus)
			r.refaults, r.swaps = parseVMStat(text)
			r.cpuPressure, r.memoryStalls = parsePressure(text, "some"), parsePressure(text, "full")
			r.sampler, _ = parseThread(text)
			r.temperature, _ = parseValue(text)
			return r
		}
		got := Diff(read(one), read(two), results.Accounts{})
		for _, q := range results.Quantities() {
			if v := q.Read(&results.Execution{Witness: &got}); v < 0 && q.Name != results.QuantityTemperature {
				t.Errorf("%s is %d", q.Name, v)
			}
		}
		field, _ := cutField(one)
		want, err := strconv.ParseUint(string(field), 10, 64)
		if n, ok := number(field); ok != (err == nil) || n != want && ok {
			t.Errorf("%q is %d, %v; strconv says %d, %v", field, n, ok, want, err)
		}
	})
}
