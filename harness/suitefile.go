package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
)

// DefaultSuite is the suite's path where the user names none.
const DefaultSuite = "perf.yml"

// readSuite reads the suite from the head commit, not from the working tree: the
// commit is what is measured. A path outside the repository is read as it is.
// The path returned is the one to show.
func readSuite(ctx context.Context, mirror *source.Mirror, head results.Commit, path string) (text []byte, shown string, err error) {
	inside, outside := locate(mirror.Repo(), path)
	if outside != "" {
		text, err = os.ReadFile(outside)
		if err != nil {
			err = &results.Problem{Kind: results.BadInput, Where: "--suite " + path, What: fmt.Sprintf("it cannot be read: %v", err), Next: "name an existing suite", Err: err}
		}
		return text, outside, err
	}
	text, err = mirror.ReadFile(ctx, head.Rev, inside)
	if errors.Is(err, fs.ErrNotExist) {
		err = &results.Problem{
			Kind: results.BadInput, Where: inside,
			What: fmt.Sprintf("commit %.12s has no such file", head.Rev),
			Next: "write one with perfrun init and commit it (or measure the working tree: --head .), or name a suite outside the repository with --suite",
			Err:  err,
		}
	}
	return text, inside, err
}

// locate decides whether path is of the repository (as a slash-separated path
// from its top) or a file outside. A relative path is first taken from the
// repository's top, as the command that repeats a run has it; then, where that
// leaves the repository, from the current folder.
func locate(top, path string) (inside, outside string) {
	if !filepath.IsAbs(path) && filepath.IsLocal(path) {
		if absolute, err := filepath.Abs(path); err != nil || !exists(absolute) || within(top, absolute) == "" {
			return filepath.ToSlash(filepath.Clean(path)), ""
		}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path), ""
	}
	if local := within(top, absolute); local != "" {
		return local, ""
	}
	return "", absolute
}

// within returns file's path from top if it lies below it, else nothing.
func within(top, file string) string {
	local, err := filepath.Rel(top, file)
	if err != nil || local == ".." || strings.HasPrefix(local, "../") {
		return ""
	}
	return filepath.ToSlash(local)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
