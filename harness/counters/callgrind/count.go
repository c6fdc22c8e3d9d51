package callgrind

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
	"strings"
	"syscall"
)

// The files are the benchmark's to write: these bound what is read of one execution.
// A process has one, and one for each time it forked; the largest programs make files
// of tens of megabytes.
const (
	mostFiles = 1 << 16
	mostBytes = 1 << 30 // of all files
)

// ErrNothing is the error of a folder in which no process left a count.
var ErrNothing = errors.New("callgrind left no counts")

// Count adds up what the processes of one execution left in a folder of root. An
// error names the process whose file is not as it should be.
func Count(root *os.Root, folder string) (uint64, error) {
	names, err := list(root, folder)
	if err != nil {
		return 0, fmt.Errorf("read callgrind's counts: %w", err)
	}
	sum, left := uint64(0), int64(mostBytes)
	for _, name := range names {
		value, size, err := countFile(root, folder+"/"+name, left)
		total, carry := bits.Add64(sum, value, 0)
		if err == nil && carry > 0 {
			err = errors.New("the sum is more than can be counted")
		}
		if err != nil {
			return 0, fmt.Errorf("callgrind's count of process %q: %w", strings.TrimPrefix(name, prefix), err)
		}
		sum, left = total, left-size
	}
	return sum, nil
}

// list names callgrind's files in order.
func list(root *os.Root, folder string) (names []string, err error) {
	dir, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	all, err := dir.Readdirnames(mostFiles + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(all) > mostFiles:
		return nil, fmt.Errorf("there are more than %d files", mostFiles)
	}
	names = slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, prefix) })
	if len(names) == 0 {
		return nil, ErrNothing
	}
	slices.Sort(names)
	return names, nil
}

// countFile refuses what is no plain file, which could be endless, and does not wait
// for the other end of a pipe.
func countFile(root *os.Root, name string, most int64) (value uint64, size int64, err error) {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errNotPlain
	}
	if err != nil {
		return 0, 0, err
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	switch info, err = file.Stat(); {
	case err != nil:
		return 0, 0, err
	case !info.Mode().IsRegular():
		return 0, 0, errNotPlain
	case info.Size() > most:
		return 0, 0, fmt.Errorf("with its %d bytes all files are more than %d", info.Size(), mostBytes)
	}
	value, err = Parse(io.LimitReader(file, most))
	return value, info.Size(), err
}

var errNotPlain = errors.New("it is no plain file")
