package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// Backup copies the database at srcPath to dstPath, which must not exist, while
// others may go on writing to it. The copy is one file, compact and complete up
// to the moment it began. It is checked and on disk before it gets its name: what
// stands at dstPath is good.
func Backup(ctx context.Context, srcPath, dstPath string) error {
	src, err := absolute(srcPath)
	if err != nil {
		return err
	}
	dst, err := absolute(dstPath)
	if err != nil {
		return err
	}
	if _, err := readable(ctx, src); err != nil {
		return err
	}
	if _, err := os.Lstat(dst); err == nil {
		return alreadyThere(dst)
	}
	return vacuumInto(ctx, src, dst, checked)
}

// checked refuses a copy in which Check finds anything.
func checked(ctx context.Context, path string) error {
	findings, err := Check(ctx, path)
	if err != nil || len(findings) == 0 {
		return err
	}
	return &results.Problem{
		Kind: results.CannotRun, What: "the database is damaged, so no backup was made: " + strings.Join(findings, "; "),
		Next: "go back to an older backup",
	}
}

// vacuumInto copies src to dst through a temporary name in dst's folder. verify,
// if given, has a look at the copy before it is published.
func vacuumInto(ctx context.Context, src, dst string, verify func(context.Context, string) error) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(dst), ".perfrun-backup-*")
	if err != nil {
		return unreachable(filepath.Dir(dst), err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temporary := filepath.Join(dir, "copy.db")
	if err := copyTo(ctx, src, temporary); err != nil {
		return explain(dst, "copy "+src, err)
	}
	if verify != nil {
		if err := verify(ctx, temporary); err != nil {
			return err
		}
	}
	return publish(temporary, dst)
}

// copyTo lets SQLite write a defragmented copy, which holds no side files, and
// carries it to disk.
func copyTo(ctx context.Context, src, dst string) (err error) {
	db, err := connect(ctx, src, copying, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", dst); err != nil {
		return err
	}
	return flush(dst)
}

// publish gives the copy its name, unless somebody else took it meanwhile.
func publish(temporary, dst string) error {
	err := unix.Renameat2(unix.AT_FDCWD, temporary, unix.AT_FDCWD, dst, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		err = renameIfFree(temporary, dst)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return alreadyThere(dst)
	case err != nil:
		return fmt.Errorf("name the copy %s: %w", dst, err)
	}
	return flush(filepath.Dir(dst))
}

// renameIfFree is for file systems that cannot look and rename in one step.
func renameIfFree(temporary, dst string) error {
	if _, err := os.Lstat(dst); err == nil {
		return fs.ErrExist
	}
	return os.Rename(temporary, dst)
}

// flush carries a file, or the names in a folder, to disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func alreadyThere(path string) error {
	return &results.Problem{
		Where: path, What: "there is a file of this name already, and a backup overwrites nothing",
		Next: "give a name that is not taken",
	}
}
