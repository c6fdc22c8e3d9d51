package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// backupName is how rotated backups are called, so that names sort by time.
const (
	backupName    = "perfrun-20060102T150405Z.db"
	backupPattern = "perfrun-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z.db"
)

// BackupInto makes a backup in a folder, named for a time, and removes the oldest of
// those that it made there beyond the keep newest. None is removed before the new one
// is whole.
func BackupInto(ctx context.Context, srcPath, folder string, keep int, now time.Time) (path string, removed []string, err error) {
	if err := makeFolder(folder); err != nil {
		return "", nil, err
	}
	path = filepath.Join(folder, now.UTC().Format(backupName))
	if err := Backup(ctx, srcPath, path); err != nil {
		return "", nil, err
	}
	list, err := filepath.Glob(filepath.Join(folder, backupPattern))
	if err != nil {
		return path, nil, err
	}
	slices.Sort(list)
	for _, old := range list[:max(len(list)-max(keep, 1), 0)] {
		if err := os.Remove(old); err != nil {
			return path, removed, fmt.Errorf("remove an old backup: %w", err)
		}
		removed = append(removed, old)
	}
	return path, removed, nil
}
