package box

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
)

// Upkeep keeps the disk of a box from filling up with what can be made again.
// Samples are not among that: the database is never touched.
type Upkeep struct {
	Cache string   // of mirrors and worktrees
	Logs  []string // folders with a file or a folder a run
	Keep  time.Duration
	Now   func() time.Time
	// Used returns the images that runs used since a time, and all that runs ever
	// used, as references. nil: images are left alone.
	Used   func(ctx context.Context, since time.Time) (recent, ever []string, err error)
	Remove func(ctx context.Context, image string) (removed bool, err error) // an image, if nothing uses it and it can be had again
}

// Clean removes what nobody used for as long as Keep says, and says what it was.
// It goes on after an error.
func (u Upkeep) Clean(ctx context.Context) (removed []string, err error) {
	since := u.Now().Add(-u.Keep)
	removed, err = source.Prune(u.Cache, since)
	for _, folder := range u.Logs {
		more, logErr := old(folder, since)
		removed, err = append(removed, more...), errors.Join(err, logErr)
	}
	if u.Used == nil {
		return removed, err
	}
	recent, ever, usedErr := u.Used(ctx, since)
	if usedErr != nil {
		return removed, errors.Join(err, usedErr)
	}
	for _, image := range without(ever, recent) {
		gone, removeErr := u.Remove(ctx, image)
		err = errors.Join(err, removeErr)
		if gone {
			removed = append(removed, "image "+image)
		}
	}
	return removed, err
}

// old removes what lies in a folder and was not written to since a time.
func old(folder string, since time.Time) (removed []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		info, statErr := entry.Info()
		if statErr != nil || info.ModTime().After(since) {
			continue
		}
		if removeErr := os.RemoveAll(path); removeErr != nil {
			err = errors.Join(err, fmt.Errorf("remove %s: %w", path, removeErr))
		} else {
			removed = append(removed, path)
		}
	}
	return removed, err
}

func without(list, those []string) (left []string) {
	gone := map[string]bool{"": true}
	for _, s := range those {
		gone[s] = true
	}
	for _, s := range list {
		if !gone[s] {
			left = append(left, s)
			gone[s] = true // once is enough
		}
	}
	return left
}

// Room refuses to begin anything where less than reserve bytes are free below one of
// the folders.
func Room(reserve int64, folders ...string) error {
	for _, folder := range folders {
		free, err := free(folder)
		if err != nil {
			return err
		}
		if free < reserve {
			return &results.Problem{
				Kind: results.CannotRun, Where: folder, What: fmt.Sprintf("only %d MiB of disk are free, and the box begins nothing below %d", free>>20, reserve>>20),
				Next: "make room (docker system prune), or lower box.reserve in the configuration", Passing: true,
			}
		}
	}
	return nil
}

// free returns the bytes that are left to everybody on a folder's file system.
func free(folder string) (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil {
		return 0, fmt.Errorf("look for room in %s: %w", folder, err)
	}
	return int64(disk.Bavail) * disk.Bsize, nil
}

// UsedImages sorts the images of runs, by the names they were pulled under, into
// those that were used since a time and all that there were.
func UsedImages(runs []results.Run, since time.Time) (recent, ever []string) {
	for _, run := range runs {
		for _, image := range []results.Image{run.BaseImage, run.HeadImage} {
			if image.Ref == "" {
				continue
			}
			ever = append(ever, image.Ref)
			if run.Created.After(since) {
				recent = append(recent, image.Ref)
			}
		}
	}
	return recent, ever
}
