package guesttest

import (
	"fmt"
	"io"
	"os"
)

// archive writes a cpio archive in the one form that the kernel unpacks, "newc"
// (Documentation/driver-api/early-userspace/buffer-format.rst): per entry thirteen
// numbers in hexadecimal, the name, and the data, padded to four bytes each.
// Everything in it belongs to root. A folder must come before what is in it.
type archive struct {
	to    io.Writer
	inode int
	err   error // the first; what comes after it is not written
}

const (
	modeDir  = 0o040000
	modeFile = 0o100000
)

func (a *archive) entry(name string, mode uint32, data []byte) {
	if a.err != nil {
		return
	}
	a.inode++
	header := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	for _, piece := range [][]byte{[]byte(header), data} {
		if _, a.err = a.to.Write(append(piece[:len(piece):len(piece)], make([]byte, -len(piece)&3)...)); a.err != nil {
			return
		}
	}
}

func (a *archive) dir(name string) { a.entry(name, modeDir|0o755, nil) }

func (a *archive) text(name, text string) { a.entry(name, modeFile|0o755, []byte(text)) }

// copy takes a file of the host's, with its mode.
func (a *archive) copy(name, file string) {
	if a.err != nil {
		return
	}
	info, err := os.Stat(file)
	if err != nil {
		a.err = err
		return
	}
	data, err := os.ReadFile(file)
	a.err = err
	a.entry(name, modeFile|uint32(info.Mode().Perm()), data)
}

// close ends the archive and returns the first error of all.
func (a *archive) close() error {
	a.entry("TRAILER!!!", 0, nil)
	return a.err
}
