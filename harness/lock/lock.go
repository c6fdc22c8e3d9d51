package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// DefaultPath is where every perfrun of the machine looks, whoever runs it.
const DefaultPath = "/run/lock/perfrun.lock"

// poll is how often a waiter looks again. flock(2) could block instead, but not
// be cancelled.
const poll = 200 * time.Millisecond

// Lock is the machine, held.
type Lock struct {
	file     *os.File
	shared   bool
	borrowed int // the process above us that holds it, or 0
}

// Acquire takes the machine for itself alone, waiting until ctx is done; the error
// is then the context's cause. waiting is called with the present holders, at
// least one, if there is a wait, and again whenever they change. as.Since is when
// the caller began to ask: what others see counts from when it is held.
//
// A process below one that holds the machine alone (perfrun lock -- COMMAND, where
// COMMAND has a perfrun run somewhere) goes on with that one's lock: it would else
// wait for a process that waits for it. Below one that shares the machine it may
// share it, too, but not have it alone: that and a lock file that cannot be used
// are *results.Problem.
func Acquire(ctx context.Context, path string, as Holder, waiting func([]Holder)) (*Lock, error) {
	return acquire(ctx, path, as, unix.LOCK_EX, waiting)
}

// Share takes the machine together with others that share it. Whoever wants it
// alone waits for all of them. Else it is as Acquire.
func Share(ctx context.Context, path string, as Holder, waiting func([]Holder)) (*Lock, error) {
	as.Shared = true
	return acquire(ctx, path, as, unix.LOCK_SH, waiting)
}

func acquire(ctx context.Context, path string, as Holder, how int, waiting func([]Holder)) (*Lock, error) {
	file, err := open(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	lock := &Lock{file: file, shared: how == unix.LOCK_SH}
	above, found := heldAbove(file)
	switch {
	case found && !above.shared:
		lock.borrowed = above.pid
		return lock, nil
	case found && !lock.shared:
		return nil, errors.Join(stuck(path, above), file.Close())
	}
	began := time.Now()
	if err := wait(ctx, file, how, waiting); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if !as.Since.IsZero() {
		as.Since = as.Since.Add(time.Since(began))
	}
	if err := lock.describe(as); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return lock, nil
}

func unusable(path string, err error) error {
	return &results.Problem{
		Kind: results.CannotRun, Where: path, What: fmt.Sprintf("the machine's lock cannot be opened: %v", err),
		Next: "make it a file that everybody who measures here may read and write, or remove it while nothing runs", Err: err,
	}
}

// open makes the file for everybody. In a sticky folder like /run/lock the
// kernel may refuse O_CREAT on a file of another user (fs.protected_regular), so
// an existing file is opened without it.
func open(path string) (*os.File, error) {
	for {
		file, err := regular(path, os.O_RDWR|os.O_APPEND)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
		file, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue // another perfrun made it in between
		}
		if err == nil {
			err = file.Chmod(0o666) // whatever the umask says
		}
		return file, err
	}
}

// regular opens a file, and only that: its folder is everybody's, its first line
// ours to erase, so a link to something else is not followed, and nothing that
// blocks is waited for.
func regular(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("it is no regular file")}
	}
	if links, ok := stat.Sys().(*syscall.Stat_t); err == nil && ok && links.Nlink > 1 {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("it has another name elsewhere")}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func wait(ctx context.Context, file *os.File, how int, waiting func([]Holder)) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	var told []Holder
	for {
		now, err := try(file, how)
		if err != nil || len(now) == 0 {
			return err
		}
		if !slices.Equal(now, told) {
			waiting(now)
			told = now
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// try takes the lock or says who has it. If the kernel names nobody, then either
// they have just gone, so that the second attempt succeeds, or are not to be seen
// from here.
func try(file *os.File, how int) (now []Holder, err error) {
	for range 2 {
		err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return nil, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the machine: %w", err)
		}
		if now := holders(file); len(now) > 0 {
			return now, nil
		}
	}
	return claims(file), nil
}

// describe writes who holds the machine. Who holds it alone knows that every
// other line is of somebody who is gone.
func (l *Lock) describe(as Holder) error {
	if !l.shared {
		if err := l.file.Truncate(0); err != nil {
			return fmt.Errorf("forget who held the machine: %w", err)
		}
	}
	if _, err := l.file.WriteString(as.line()); err != nil {
		return fmt.Errorf("write who holds the machine: %w", err)
	}
	return nil
}

// Release gives the machine back. Of a lock that belongs to a process above, it
// says whether that one still holds it: if not, the error is a *results.Problem.
func (l *Lock) Release() error {
	if l.borrowed != 0 {
		above, found := heldAbove(l.file)
		if err := l.file.Close(); err != nil || (found && above == held{pid: l.borrowed}) {
			return err
		}
		return lost(l.file.Name())
	}
	var err error
	if !l.shared || unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		err = l.file.Truncate(0) // the last who shared sweeps for all
	}
	return errors.Join(err, l.file.Close())
}
