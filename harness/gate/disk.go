package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Disk is what is free where a folder is, or would be made.
type Disk struct {
	Path string // the folder, as it was given
	Free int64  // bytes that users other than root may still fill
	Err  error  // why nobody knows
}

// Disks looks at the disks of several folders.
func Disks(folders []string) (list []Disk) {
	for _, folder := range folders {
		free, err := Free(folder)
		list = append(list, Disk{folder, free, err})
	}
	return list
}

// Free returns the bytes that users other than root may still fill where a folder
// is, or would be made.
func Free(folder string) (int64, error) {
	for {
		var stat unix.Statfs_t
		err := unix.Statfs(folder, &stat)
		if err == nil {
			return room(stat), nil
		}
		parent := filepath.Dir(folder)
		if !errors.Is(err, fs.ErrNotExist) || parent == folder {
			return 0, fmt.Errorf("look at the disk of %s: %w", folder, err)
		}
		folder = parent
	}
}

// room counts in fragments, as df does (statvfs(3)); file systems without them
// say so by a zero.
func room(stat unix.Statfs_t) int64 {
	unit := stat.Frsize
	if unit <= 0 {
		unit = stat.Bsize
	}
	if unit <= 0 || stat.Bavail > uint64(math.MaxInt64/unit) {
		return math.MaxInt64 // network file systems claim no bound
	}
	return int64(stat.Bavail) * unit
}
