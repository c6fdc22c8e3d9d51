package callgrind

import (
	"path"
	"strings"
)

// Program is what has to be in the image.
const Program = "valgrind"

// MostSlower is how much longer than by itself a program may take on one CPU: the
// upper end of what valgrind's manual gives (valgrind(1): 10 to 50 times).
const MostSlower = 50

// prefix begins the name of every file.
const prefix = "callgrind.out."

// Args is the command line that counts a command's instructions. The folder, an
// absolute path as the command sees it, gets the files of every process: one, and one
// for each time it forked.
//
// Settings of the machine or the repository (.valgrindrc) are not heeded, so that
// two sides are counted alike.
func Args(folder string, command []string) []string {
	literal := strings.ReplaceAll(path.Join(folder, prefix), "%", "%%")
	return append([]string{
		Program, "--command-line-only=yes", "--tool=callgrind", "--quiet", "--trace-children=yes",
		"--callgrind-out-file=" + literal + "%p",
		"--dump-before=fork",
		"--",
	}, command...)
}
