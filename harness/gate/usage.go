package gate

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Usage is one reading of who used the machine's CPUs so far.
type Usage struct {
	err      error // why there is no reading
	cpus     cpuTimes
	programs map[int]program // by process
}

// Program is what one process used of the CPUs between two readings.
type Program struct {
	Name string // as it calls itself, made printable
	PID  int
	Part float64 // of the time of all CPUs
	CPU  float64 // of the time of one CPU; above 1 if several threads ran
}

// Busy is how much of the machine was used between two readings, and by whom.
type Busy struct {
	Known    bool      // false: the readings do not tell, and all else is zero
	Share    float64   // of the time of all CPUs, from 0 to 1
	Stolen   float64   // that part of Share which the hypervisor gave to other guests
	Program            // the one that used most; without a name if none used any
	Programs []Program // those that used most, that one first, at most five
}

// most is how many programs are told apart.
const most = 5

// ReadUsage reads the times of CPUs and of every process (proc_stat(5),
// proc_pid_stat(5)). A machine that cannot be read gives a Usage that no
// comparison knows anything of.
func ReadUsage(root string) Usage {
	folder := filepath.Join(root, "proc")
	text, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return Usage{err: fmt.Errorf("read the times of cpus: %w", err)}
	}
	u := Usage{programs: map[int]program{}}
	if u.cpus, err = parseCPUTimes(string(text)); err != nil {
		return Usage{err: err}
	}
	for _, pid := range processes(root) {
		// Processes end while they are listed.
		text, err := os.ReadFile(filepath.Join(folder, strconv.Itoa(pid), "stat"))
		if err != nil {
			continue
		}
		if p, ok := parseProgram(string(text)); ok {
			u.programs[pid] = p
		}
	}
	return u
}

// processes lists the numbers under /proc in ascending order.
func processes(root string) (list []int) {
	entries, _ := os.ReadDir(filepath.Join(root, "proc"))
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid > 0 {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list
}

// Since compares with an earlier reading. The processes in except are not among
// the programs; what they used is in the share like everything else.
func (u Usage) Since(before Usage, except ...int) Busy {
	if u.err != nil || before.err != nil {
		return Busy{}
	}
	busy := max(0, u.cpus.busy-before.cpus.busy)
	all := busy + max(0, u.cpus.idle-before.cpus.idle) // the kernel lets times of idleness go back a little
	if all <= 0 {
		return Busy{}
	}
	b := Busy{Known: true, Share: busy / all, Stolen: min(busy, max(0, u.cpus.steal-before.cpus.steal)) / all}
	b.Programs = u.programsSince(before, except, all)
	if len(b.Programs) > 0 {
		b.Program = b.Programs[0]
	}
	return b
}

func (u Usage) programsSince(before Usage, except []int, all float64) (list []Program) {
	for pid, now := range u.programs {
		used := now.ticks
		if earlier, known := before.programs[pid]; known && earlier.start == now.start {
			used -= earlier.ticks
		} else if len(before.programs) == 0 {
			continue // nobody knows what it used before
		}
		if used > 0 && !slices.Contains(except, pid) {
			// Charges of processes and of CPUs are kept apart and differ by ticks.
			part := min(1, used/all)
			list = append(list, Program{now.name, pid, part, part * max(1, u.cpus.online)})
		}
	}
	slices.SortFunc(list, func(a, b Program) int { return cmp.Or(cmp.Compare(b.Part, a.Part), cmp.Compare(a.PID, b.PID)) })
	return list[:min(most, len(list))]
}

// blame names who is at work, as the end of a sentence.
func (b Busy) blame() string {
	switch {
	case b.Stolen >= b.Share/2 && b.Stolen > 0:
		return ", most of it by other guests of the hypervisor"
	case len(b.Programs) == 0:
		return ", by programs that come and go"
	case b.Part >= b.Share/2:
		return ", most of it " + b.phrase()
	}
	var names []string
	for _, p := range b.Programs[:min(3, len(b.Programs))] {
		names = append(names, p.phrase())
	}
	return ", among others by " + strings.Join(names, ", ")
}

// phrase is a program as it stands in a sentence.
func (p Program) phrase() string {
	return fmt.Sprintf("%s (process %d, %.0f %% of a cpu)", label(p.Name), p.PID, 100*p.CPU)
}
