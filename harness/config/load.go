package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
)

// Load reads the configuration at path. Where there is none, the result is the
// default one, or with mustExist an error. The file must belong to root or to who
// runs this, and nobody else may be able to write it. An error is a
// *results.Problem, with line and column where the file's content is wrong.
func Load(path string, mustExist bool) (Config, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && !mustExist && !dangles(path) {
		return Default(), nil
	}
	if _, ok := errors.AsType[*results.Problem](err); ok {
		return Config{}, err
	}
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	return parse(path, text)
}

// dangles reports whether path is a link to nothing: somebody wanted a
// configuration here.
func dangles(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func unreadable(path string, err error) error {
	next := "make it readable: the configuration holds no secrets"
	if errors.Is(err, fs.ErrNotExist) {
		next = "write it, or name the configuration that is meant"
	}
	cause := err
	if wrapped, ok := errors.AsType[*fs.PathError](err); ok { // the path is said already
		cause = wrapped.Err
	}
	return &results.Problem{Kind: results.BadInput, Where: path, What: fmt.Sprintf("the configuration cannot be read: %v", cause), Next: next, Err: err}
}

// read returns a file's text, if the file may be relied on. It is judged once it
// is open, so that it cannot be exchanged in between; a pipe is not waited for.
func read(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := distrust(path, info.Mode(), info.Sys().(*syscall.Stat_t).Uid, uint32(os.Geteuid())); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, strict.MaxSize+1)) // parse refuses what is longer
}

// distrust says why a file must not decide what root does, if it must not. user
// is who runs this.
func distrust(path string, mode fs.FileMode, owner, user uint32) error {
	const root = 0
	writers := fs.FileMode(0o022)
	if owner != root {
		writers = 0o002 // a user's own group is often theirs alone
	}
	problem := &results.Problem{Kind: results.BadInput, Where: path}
	switch {
	case !mode.IsRegular():
		problem.What, problem.Next = "the configuration is no regular file", "write it to a file"
	case owner != root && owner != user:
		problem.What = fmt.Sprintf("the configuration belongs to user %d, and it decides what is done to this machine", owner)
		problem.Next = "look at what it says, then give it to root: chown root:root " + path
	case mode&writers != 0:
		problem.What = fmt.Sprintf("others may write the configuration (its mode is %#o), and it decides what is done to this machine", mode.Perm())
		problem.Next = "look at what it says, then take that from them: chmod go-w " + path
	default:
		return nil
	}
	return problem
}
