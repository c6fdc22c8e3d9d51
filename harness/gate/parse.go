package gate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// cpuTimes are the times of all CPUs together since boot, in ticks.
type cpuTimes struct {
	busy, idle, steal float64 // steal is in busy, too
	online            float64 // how many CPUs are
}

// program is what one process used so far.
type program struct {
	name  string
	start string  // when it began: tells it from an earlier one with its number
	ticks float64 // of all its threads, user and kernel
}

// The columns of a cpu line in /proc/stat (proc_stat(5)). The kernel counts what
// guests used in user and nice already, so the last two columns are not read.
const (
	columnIdle    = 3
	columnIOWait  = 4
	columnSteal   = 7
	columnsOfTime = 8
)

var errTimes = errors.New("the times of cpus are not in the form that proc_stat(5) describes")

// parseCPUTimes reads /proc/stat.
func parseCPUTimes(text string) (c cpuTimes, err error) {
	seen := false
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || !strings.HasPrefix(fields[0], "cpu"):
		case fields[0] != "cpu":
			c.online++
		case seen || len(fields)-1 <= columnIdle:
			return cpuTimes{}, errTimes
		default:
			seen = true
			if err := c.add(fields[1:]); err != nil {
				return cpuTimes{}, err
			}
		}
	}
	if !seen {
		return cpuTimes{}, errTimes
	}
	return c, nil
}

func (c *cpuTimes) add(columns []string) error {
	for i, column := range columns[:min(columnsOfTime, len(columns))] {
		ticks, err := strconv.ParseUint(column, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: column %d is %q", errTimes, i+1, column)
		}
		switch i {
		case columnIdle, columnIOWait:
			c.idle += float64(ticks)
		case columnSteal:
			c.steal += float64(ticks)
			c.busy += float64(ticks)
		default:
			c.busy += float64(ticks)
		}
	}
	return nil
}

// The columns of /proc/PID/stat after the name (proc_pid_stat(5), where the first
// of them is number 3).
const (
	columnUser   = 14 - 3
	columnSystem = 15 - 3
	columnStart  = 22 - 3
)

// parseProgram reads /proc/PID/stat. A name may hold anything, brackets, spaces
// and line feeds too; nothing after the last bracket is its own choice.
func parseProgram(text string) (p program, ok bool) {
	open, shut := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || shut < open {
		return program{}, false
	}
	fields := strings.Fields(text[shut+1:])
	if len(fields) <= columnStart {
		return program{}, false
	}
	user, err1 := strconv.ParseUint(fields[columnUser], 10, 64)
	system, err2 := strconv.ParseUint(fields[columnSystem], 10, 64)
	if err1 != nil || err2 != nil {
		return program{}, false
	}
	return program{clean(text[open+1 : shut]), fields[columnStart], float64(user) + float64(system)}, true
}

// longest is the length of a name in characters; the kernel gives programs 15 and
// its own threads 63.
const longest = 64

// clean makes text that somebody else chose fit for a terminal.
func clean(text string) string {
	runes := []rune(strings.ToValidUTF8(text, "?"))
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = '?'
		}
	}
	return string(runes[:min(longest, len(runes))])
}

// label is a clean name as it stands in a sentence: quoted unless it is one plain
// word, so that no name passes for a part of what is said.
func label(name string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.+:/@-", r)
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return strconv.Quote(name)
	}
	return name
}
