package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
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
	err = removeAll(folder)
	return err == nil, err
}

// removeAll removes also what a build left unwritable, as Go's module cache is.
func removeAll(folder string) error {
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(folder)
}

// Discard removes the worktrees and homes of the repository at path, with all that runs
// left there. They are made again when they are needed.
func Discard(ctx context.Context, cacheDir, path string) error {
	repo, err := TopLevel(ctx, path)
	if err != nil {
		return err
	}
	folder := folderOf(cacheDir, repo)
	lock, err := hold(ctx, filepath.Join(folder, "lock"))
	if err != nil {
		return err
	}
	for _, side := range results.Sides() {
		for _, name := range []string{string(side), string(side) + ".aside", homeOf(side)} {
			err = errors.Join(err, removeAll(filepath.Join(folder, name)))
		}
	}
	return errors.Join(err, lock.Close())
}
