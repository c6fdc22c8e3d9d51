package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Account is where a cgroup's processor time can be read, now and later, also of
// processes in it that have ended.
type Account struct {
	file    string
	unified bool
}

// AccountOf finds the account of a process's cgroup. root is "/" but for tests.
func AccountOf(root string, pid int) (Account, error) {
	folder, unified, err := Find(root, pid, CPUTime)
	if unified {
		return Account{filepath.Join(folder, "cpu.stat"), true}, err
	}
	return Account{filepath.Join(folder, "cpuacct.usage"), false}, err
}

// Used is the processor time of all processes that were ever in the cgroup
// (Documentation/admin-guide/cgroup-v2.rst, cpu.stat; cgroup-v1/cpuacct.rst).
func (a Account) Used() (time.Duration, error) {
	text, err := os.ReadFile(a.file)
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	words, unit := strings.TrimSpace(string(text)), time.Nanosecond
	if a.unified {
		_, rest, _ := strings.Cut("\n"+words, "\nusage_usec ")
		words, _, _ = strings.Cut(rest, "\n")
		unit = time.Microsecond
	}
	n, err := strconv.ParseInt(words, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read processor time from %s: %w", a.file, err)
	}
	return time.Duration(n) * unit, nil
}
