package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// DefaultPath is where every perfrun of the machine looks, whoever runs it.
const DefaultPath = "/run/lock/perfrun.lock"

// poll is how often a waiter looks again. flock(2) could block instead, but not
// be cancelled.
const poll = 200 * time.Millisecond

// Holder describes who holds the machine.
type Holder struct {
	User  string    `json:"user"`
	PID   int       `json:"pid"`
	What  string    `json:"what"` // for people: "run 3f9a1c0b2d4e"
	Since time.Time `json:"since"`
}

// String says it in words.
func (h Holder) String() string {
	if h.PID == 0 {
		return "somebody who did not say who"
	}
	return fmt.Sprintf("%s of %s (process %d, since %s)", h.What, h.User, h.PID, h.Since.Local().Format("2006-01-02 15:04:05"))
}

// Lock is the machine, held.
type Lock struct{ file *os.File }

// Acquire takes the machine, waiting until ctx is done. waiting is called once,
// with the present holder, if there is a wait.
func Acquire(ctx context.Context, path string, as Holder, waiting func(Holder)) (*Lock, error) {
	file, err := open(path)
	if err != nil {
		return nil, &results.Problem{
			Kind: results.CannotRun, Where: path, What: fmt.Sprintf("the machine's lock cannot be opened: %v", err),
			Next: "make the file readable and writable for everybody who measures here, or remove it while nothing runs", Err: err,
		}
	}
	if err := wait(ctx, file, waiting); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	lock := &Lock{file}
	if err := lock.describe(as); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return lock, nil
}

// open makes the file for everybody. In a sticky folder like /run/lock the
// kernel may refuse O_CREAT on a file of another user (fs.protected_regular), so
// an existing file is opened without it.
func open(path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
		file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue // another perfrun made it in between
		}
		if err == nil {
			err = file.Chmod(0o666) // whatever the umask says
		}
		return file, err
	}
}

func wait(ctx context.Context, file *os.File, waiting func(Holder)) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for said := false; ; said = true {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock the machine: %w", err)
		}
		if !said {
			waiting(holder(file))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// holder reads who says to hold the lock; an unreadable text is an unknown one.
func holder(file *os.File) (h Holder) {
	text := make([]byte, 4096)
	n, _ := file.ReadAt(text, 0)
	if json.Unmarshal(text[:n], &h) != nil {
		return Holder{}
	}
	return h
}

func (l *Lock) describe(as Holder) error {
	text, err := json.Marshal(as)
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(text, 0)
	}
	if err != nil {
		return fmt.Errorf("write who holds the machine: %w", err)
	}
	return nil
}

// Release gives the machine back.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
