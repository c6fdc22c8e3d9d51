package formats

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// textless are the formats that read no text, neither standard output nor a file.
var textless = []string{"wall", "criterion"}

// ReadsText reports whether a format reads text, which the suite may say is in a
// file.
func ReadsText(format string) bool {
	return slices.Contains(Names(), format) && !slices.Contains(textless, format)
}

// source names where the text is, for errors.
func (out Output) source() string {
	if out.File != "" {
		return quote(out.File)
	}
	return "stdout"
}

// withFile returns the output with the text of its file, if it names one.
func (out Output) withFile(format string) (Output, error) {
	if out.File == "" {
		return out, nil
	}
	if !ReadsText(format) {
		return out, problem("output", fmt.Sprintf("the format %s reads no text", format), "take output: out, or choose another format")
	}
	if !fs.ValidPath(out.File) || out.Dir == nil {
		return out, problem(out.source(), "it is not a path inside the working tree", "name it relative to the repository's top")
	}
	text, err := out.readFile()
	out.Stdout, out.Truncated = text, false
	return out, err
}

// outputNext is what to do when the file is not there.
const outputNext = "check that the command writes it, each time, and that output: is its path from the repository's top"

// readFile reads the file that this execution wrote.
func (out Output) readFile() ([]byte, error) {
	file, err := openRegular(out.Dir, out.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, noResult(out.source(), "there is no such file, so there is no result in it", outputNext)
	case err != nil:
		return nil, unreadable(out.File, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, unreadable(out.File, err)
	}
	// What it holds cannot tell how long its making took, so a file that an execution
	// wrote within a tick of this one's start would pass.
	if !fresh(info.ModTime(), out.Since, 0) {
		return nil, noResult(out.source(), "an earlier execution wrote it, so there is no result of this one", outputNext)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	switch {
	case err != nil:
		return nil, unreadable(out.File, err)
	case len(text) > maxFileBytes:
		return nil, tooLarge(out.File, "split the benchmark, or let the tool write less")
	}
	return text, nil
}

func tooLarge(name, next string) *results.Problem {
	return problem(quote(name), fmt.Sprintf("it is larger than %d bytes", maxFileBytes), next)
}

// openRegular opens a regular file and nothing else: a named pipe would block.
func openRegular(fsys fs.FS, name string) (fs.File, error) {
	info, err := fs.Lstat(fsys, name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	return fsys.Open(name)
}
