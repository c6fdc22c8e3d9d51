package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Prune removes the mirrors below cacheDir, worktrees and homes and all, that nobody
// opened since a time, and says which. One that is open stays. What is removed is
// made again when it is needed.
func Prune(cacheDir string, since time.Time) (removed []string, err error) {
	locks, err := filepath.Glob(filepath.Join(cacheDir, "*", "lock"))
	if err != nil {
		return nil, err
	}
	for _, lock := range locks {
		folder := filepath.Dir(lock)
		gone, pruneErr := prune(folder, lock, since)
		if gone {
			removed = append(removed, folder)
		}
		if pruneErr != nil {
			err = errors.Join(err, fmt.Errorf("remove %s: %w", folder, pruneErr))
		}
	}
	return removed, err
}

func prune(folder, lock string, since time.Time) (gone bool, err error) {
	file, err := os.OpenFile(lock, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer file.Close()
	if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return false, nil
	}
	info, err := file.Stat() // only now: whoever held it may just have used it
	if err != nil || info.ModTime().After(since) {
		return false, err
	}
	// Builds leave folders that cannot be written, as Go's module cache has them.
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	err = os.RemoveAll(folder)
	return err == nil, err
}
