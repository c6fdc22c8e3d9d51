package callgrind

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"strings"
)

// mostBytes bounds what is read of one process: the largest programs make files of
// tens of megabytes.
const mostBytes = 1 << 30

// ErrNothing is the error of a folder in which no process left a count.
var ErrNothing = errors.New("callgrind left no counts")

// Count adds up what the processes of one execution left in a folder of root. An
// error names the process whose file is not as it should be.
func Count(root *os.Root, folder string) (uint64, error) {
	entries, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		return 0, fmt.Errorf("read callgrind's counts: %w", err)
	}
	sum, files := uint64(0), 0
	for _, entry := range entries {
		pid, ours := strings.CutPrefix(entry.Name(), prefix)
		if !ours {
			continue
		}
		value, err := countFile(root, folder+"/"+entry.Name())
		if err != nil {
			return 0, fmt.Errorf("callgrind's count of process %q: %w", pid, err)
		}
		total, carry := bits.Add64(sum, value, 0)
		if carry > 0 {
			return 0, fmt.Errorf("callgrind's count of process %q: the sum is more than can be counted", pid)
		}
		sum, files = total, files+1
	}
	if files == 0 {
		return 0, ErrNothing
	}
	return sum, nil
}

// countFile refuses what is no plain file, which could be endless.
func countFile(root *os.Root, name string) (uint64, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("it is no plain file")
	}
	if info.Size() > mostBytes {
		return 0, fmt.Errorf("it has %d bytes, more than %d", info.Size(), mostBytes)
	}
	file, err := root.Open(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return Parse(io.LimitReader(file, mostBytes))
}
