package lock

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Holders lists who holds the machine now, without waiting. A lock file that does
// not exist is held by nobody. Errors are *results.Problem.
func Holders(path string) ([]Holder, error) {
	file, err := regular(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unusable(path, err)
	}
	defer file.Close()
	if list := holders(file); len(list) > 0 || isFree(file) {
		return list, nil
	}
	return claims(file), nil
}

// isFree tries the lock, for the moment that takes. Where there are no lines,
// nobody shares it, and to try for a share disturbs nobody else who does.
func isFree(file *os.File) bool {
	how := unix.LOCK_SH
	if len(entries(file)) > 0 {
		how = unix.LOCK_EX
	}
	if unix.Flock(int(file.Fd()), how|unix.LOCK_NB) != nil {
		return false
	}
	_ = unix.Flock(int(file.Fd()), unix.LOCK_UN)
	return true
}

// holders asks the kernel which processes hold the file, and the file what those
// say of themselves.
func holders(file *os.File) (list []Holder) {
	said := map[int]Holder{}
	for _, h := range entries(file) {
		said[h.PID] = h // the last line of a process is its present one
	}
	for _, l := range locks(file) {
		list = append(list, l.called(said))
	}
	slices.SortFunc(list, func(a, b Holder) int { return cmp.Or(a.Since.Compare(b.Since), a.PID-b.PID) })
	return slices.Compact(list) // a process may hold it more than once
}

// held is one lock that the kernel knows.
type held struct {
	pid    int
	shared bool
}

// called gives the lock its holder's name. A process in a container wrote the
// number that it has there.
func (l held) called(said map[int]Holder) Holder {
	h, known := said[l.pid]
	if !known {
		h, known = said[innermost(l.pid)]
		h.Claimed = known
	}
	h.PID, h.Shared = l.pid, l.shared
	return h
}

// innermost is the number that a process has for itself (NSpid in proc(5)), or 0.
func innermost(pid int) int {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return 0
	}
	status, err := process.NewStatus()
	if err != nil || len(status.NSpids) == 0 {
		return 0
	}
	return int(status.NSpids[len(status.NSpids)-1])
}

// locks reads which processes hold flock(2) locks on the file (proc(5)).
func locks(file *os.File) []held {
	var stat unix.Stat_t
	if unix.Fstat(int(file.Fd()), &stat) != nil {
		return nil
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil
	}
	return flocks(text, fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino))
}

// flocks finds the locks of one file in lines like
// "1: FLOCK  ADVISORY  WRITE 4711 00:1a:1234 0 EOF". Those with an arrow before
// FLOCK wait. A number of 0 or less is a process of another namespace.
func flocks(text []byte, node string) (list []held) {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != node {
			continue
		}
		if pid, err := strconv.Atoi(fields[4]); err == nil && pid > 0 {
			list = append(list, held{pid, fields[3] == "READ"})
		}
	}
	return list
}
