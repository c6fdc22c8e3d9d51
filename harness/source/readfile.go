package source

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// maxFile bounds what ReadFile returns: suites, pipelines and compose files.
const maxFile = 8 << 20

// ReadFile returns a file of a commit. path is slash-separated, from the top. A
// missing one is an fs.ErrNotExist; a symbolic link or a submodule is refused,
// because what it would lead to is not part of the commit's own content.
func (m *Mirror) ReadFile(ctx context.Context, rev, path string) ([]byte, error) {
	if !fs.ValidPath(path) {
		return nil, fmt.Errorf("%s in commit %.12s: %w", path, rev, fs.ErrNotExist)
	}
	out, err := m.git().run(ctx, "ls-tree", "-z", "--full-tree", "-l", rev, "--", path)
	if err != nil {
		return nil, fmt.Errorf("look up %s in %.12s: %w", path, rev, err)
	}
	entry, _, _ := strings.Cut(string(out), "\x00")
	about, name, _ := strings.Cut(entry, "\t")
	fields := strings.Fields(about) // mode, type, object, size
	if len(fields) != 4 || name != path {
		return nil, fmt.Errorf("%s in commit %.12s: %w", path, rev, fs.ErrNotExist)
	}
	refuse := func(what string) error {
		return &results.Problem{Kind: results.BadInput, Where: path, What: fmt.Sprintf("in commit %.12s it is %s", rev, what), Next: "name a plain file"}
	}
	switch {
	case fields[0] == "120000":
		return nil, refuse("a symbolic link")
	case fields[1] != "blob":
		return nil, refuse("no file but a " + fields[1])
	}
	if size, err := strconv.ParseInt(fields[3], 10, 64); err != nil || size > maxFile {
		return nil, refuse("larger than 8 MiB")
	}
	return m.git().run(ctx, "cat-file", "blob", fields[2])
}
