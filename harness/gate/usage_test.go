package gate

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A second of a guest with four CPUs.
const (
	vmBefore = `proc/stat cpu  100 10 50 9000 40 5 5 20 30 3\ncpu0 1\ncpu1 1\ncpu2 1\ncpu3 1\nbtime 1
proc/412/stat 412 (cc1plus) R 1 1 1 0 -1 0 0 0 0 0 50 10 0 0 20 0 1 0 9000 1
proc/413/stat 413 (a) b (c\nd) S 1 1 1 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 9001 1
proc/414/stat 414 (ld) R 1 1 1 0 -1 0 0 0 0 0 7000 5 0 0 20 0 1 0 9002 1
proc/415/stat 415 (sleeps) S 1 1 1 0 -1 0 0 0 0 0 7000 5 0 0 20 0 1 0 9003 1
proc/416/stat junk
proc/self/stat 1 (self) R
`
	vmAfter = `proc/stat cpu  200 30 90 9160 39 10 15 50 99 99\ncpu0 1\ncpu1 1\ncpu2 1\ncpu3 1\nbtime 1
proc/412/stat 412 (cc1plus) R 1 1 1 0 -1 0 0 0 0 0 120 20 0 0 20 0 1 0 9000 1
proc/413/stat 413 (a) b (c\nd) S 1 1 1 0 -1 0 0 0 0 0 15 15 0 0 20 0 1 0 9001 1
proc/414/stat 414 (again) R 1 1 1 0 -1 0 0 0 0 0 3 1 0 0 20 0 1 0 99000 1
proc/417/stat 417 (new) R 1 1 1 0 -1 0 0 0 0 0 8 0 0 0 20 0 1 0 99100 1
`
)

func usage(t *testing.T, tree string) Usage {
	root := t.TempDir()
	plant(t, root, tree)
	return ReadUsage(root)
}

func TestUsage(t *testing.T) {
	before, after := usage(t, vmBefore), usage(t, vmAfter)
	// 205 ticks of work, of which 30 stolen, and 160 of idling: iowait went back.
	check := func(got Busy, want Busy) {
		t.Helper()
		if len(want.Programs) > 0 {
			want.Program = want.Programs[0]
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	all := 205. + 159
	of := func(name string, pid int, ticks float64) Program {
		return Program{name, pid, ticks / all, 4 * ticks / all}
	}
	cc, odd, fresh, reborn := of("cc1plus", 412, 80), of("a) b (c?d", 413, 20), of("new", 417, 8), of("again", 414, 4)
	check(after.Since(before), Busy{Known: true, Share: 205 / all, Stolen: 30 / all, Programs: []Program{cc, odd, fresh, reborn}})
	check(after.Since(before, 412, 417), Busy{Known: true, Share: 205 / all, Stolen: 30 / all, Programs: []Program{odd, reborn}})
	check(after.Since(after), Busy{})
	check(before.Since(after), Busy{}) // time goes back: nothing is known
	check(after.Since(ReadUsage(t.TempDir())), Busy{})
	check(ReadUsage(t.TempDir()).Since(before), Busy{})
	check(usage(t, "proc/stat cpu 1 2 3\n").Since(before), Busy{})
	check(usage(t, strings.Replace(vmAfter, "cpu0 1", "cpu 1 2 3 4", 1)).Since(before), Busy{})
	late := usage(t, strings.Replace(vmAfter, " 120 20 ", " 12000 20 ", 1)).Since(before, 413, 414, 417) // charged late
	check(late, Busy{Known: true, Share: 205 / all, Stolen: 30 / all, Programs: []Program{{"cc1plus", 412, 1, 4}}})
	check(after.Since(usage(t, "proc/stat cpu 0 0 0 9000\n")), Busy{Known: true, Share: 395. / (395 + 199), Stolen: 50. / (395 + 199)})
}

func TestProgramsAreFew(t *testing.T) {
	before, after := Usage{programs: map[int]program{1: {}}}, Usage{cpus: cpuTimes{busy: 100}, programs: map[int]program{}}
	for pid := range 9 {
		after.programs[pid+1] = program{"p", "1", float64(10 + pid%2)}
	}
	var got []int
	for _, p := range after.Since(before).Programs {
		got = append(got, p.PID)
	}
	if diff := cmp.Diff([]int{2, 4, 6, 8, 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBlame(t *testing.T) {
	check := func(b Busy, want string) {
		t.Helper()
		if len(b.Programs) > 0 {
			b.Program = b.Programs[0]
		}
		if got := b.blame(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p := func(name string, part float64) Program { return Program{name, 9, part, 2 * part} }
	check(Busy{Known: true, Share: 0.5}, ", by programs that come and go")
	check(Busy{Known: true, Share: 0.5, Stolen: 0.3, Programs: []Program{p("a", 0.2)}}, ", most of it by other guests of the hypervisor")
	check(Busy{Known: true, Share: 0.5, Programs: []Program{p("rm -rf /; all is well", 0.3)}}, `, most of it "rm -rf /; all is well" (process 9, 60 % of a cpu)`)
	check(Busy{Known: true, Share: 0.5, Programs: []Program{p("kworker/0:1-ev", 0.1), p("b", 0.1), p("", 0.1), p("d", 0.1)}},
		`, among others by kworker/0:1-ev (process 9, 20 % of a cpu), b (process 9, 20 % of a cpu), "" (process 9, 20 % of a cpu)`)
}

// This machine's own files are read like recorded ones.
func TestUsageOfThisMachine(t *testing.T) {
	if u := ReadUsage("/"); u.err != nil || len(u.programs) == 0 || u.cpus.online < 1 || u.cpus.idle <= 0 {
		t.Errorf("%+v", u)
	}
}

func FuzzParseCPUTimes(f *testing.F) {
	f.Add("cpu  100 10 50 9000 40 5 5 20 30 3\ncpu0 1\nintr 1 2")
	f.Add("cpu 1 2 3 4")
	f.Add("cpu 1 2 3 4\ncpu 1 2 3 4")
	f.Add("cpu -1 99999999999999999999 3 4")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCPUTimes(text)
		bad := func(v float64) bool { return v < 0 || math.IsNaN(v) || math.IsInf(v, 0) }
		if bad(c.busy) || bad(c.idle) || bad(c.steal) || bad(c.online) || c.steal > c.busy || err != nil && c != (cpuTimes{}) {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func FuzzParseProgram(f *testing.F) {
	f.Add(stat(412, "cc1plus", 1, 2, 3))
	f.Add(stat(412, "a) R 1 (\x1b[31m\n", 1, 2, 3))
	f.Add("1 )( R")
	f.Add("1 (x) R 1 1 1 0 -1 0 0 0 0 0 -5 0")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := parseProgram(text)
		if p.ticks < 0 || ok && p.start == "" || utf8.RuneCountInString(p.name) > longest {
			t.Errorf("%+v", p)
		}
		if shown := p.name + label(p.name); !utf8.ValidString(shown) || strings.ContainsAny(shown, "\x1b\n\r\u202e\x00") {
			t.Errorf("%q is not fit for a terminal", shown)
		}
	})
}
