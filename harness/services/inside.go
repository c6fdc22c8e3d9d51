package services

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// inside follows every link of a path and returns where it leads, if that lies in
// the tree. What is missing at its end is no fault; it is told by missing.
func inside(tree, path string) (real string, missing bool, err error) {
	if tree, err = filepath.EvalSymlinks(tree); err != nil {
		return "", false, err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(tree, path)
	}
	rest := ""
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		real, err = filepath.EvalSymlinks(at)
		if err == nil {
			real = filepath.Join(real, rest)
			break
		}
		// A link that leads nowhere may lead somewhere later, and not to the tree.
		if _, statErr := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || statErr == nil {
			return "", false, err
		}
		missing, rest = true, filepath.Join(filepath.Base(at), rest)
	}
	if real != tree && !strings.HasPrefix(real, tree+string(filepath.Separator)) {
		return "", false, fmt.Errorf("it leads to %s, which is not in the repository", real)
	}
	return real, missing, nil
}

// readInside returns a file of the tree and its path without links.
func readInside(tree, path string) (real string, text []byte, err error) {
	real, _, err = inside(tree, path)
	if err != nil {
		return "", nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return real, nil, err
	}
	if !info.Mode().IsRegular() {
		return real, nil, errors.New("it is no file")
	}
	file, err := os.Open(real)
	if err != nil {
		return real, nil, err
	}
	defer file.Close()
	text, err = io.ReadAll(io.LimitReader(file, fileMax+1))
	if err == nil && len(text) > fileMax {
		err = fmt.Errorf("it is larger than %d KiB", fileMax>>10)
	}
	return real, text, err
}

// refusal is a problem of a compose file: where names the file and the key in it.
func refusal(file, key, what, next string) *results.Problem {
	where := file
	if key != "" {
		where += ": " + printable(key)
	}
	return &results.Problem{Kind: results.BadInput, Where: where, What: printable(what), Next: next}
}
