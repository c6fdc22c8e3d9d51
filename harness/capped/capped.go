// Package capped keeps logs that end where they have grown too large: what builds,
// benchmarks and services print may be more than a disk holds.
package capped

import (
	"errors"
	"io"
	"os"
)

// file is a log. What goes beyond its size is dropped, not refused: a benchmark that
// talks too much still has its result.
type file struct {
	*os.File
	left int64
}

// Mark is the last line of a log that was cut.
const Mark = "\n... the log is cut here: it has reached the size that the box allows\n"

// Open opens a log to add to it, up to a size in bytes.
func Open(path string, most int64) (io.WriteCloser, error) {
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := log.Stat()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &file{log, most - info.Size()}, nil
}

// Write writes what there is room for, and takes the rest for written.
func (f *file) Write(text []byte) (int, error) {
	room := min(int64(len(text)), max(f.left, 0))
	if _, err := f.File.Write(text[:room]); err != nil {
		return 0, err
	}
	cut := f.left >= 0 && room < int64(len(text))
	f.left -= int64(len(text))
	if cut {
		if _, err := f.File.WriteString(Mark); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}
