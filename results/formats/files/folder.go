package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
)

// listing is what a look at a folder found.
type listing struct {
	files     []string // regular files, slash-separated, in path order
	criterion bool     // some are Criterion's
	cbor      bool     // some are cargo-criterion's
}

// readFolder reads Criterion's results in a folder, or every file in it.
func readFolder(ctx context.Context, dir string) (*gatherer, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	defer root.Close()
	found, err := look(ctx, root.FS(), dir)
	if err != nil {
		return nil, err
	}
	f := folder{dir: dir, root: root, g: newGatherer()}
	if !found.criterion {
		return f.all(ctx, found)
	}
	list, err := formats.ReadCriterionTrees(root.FS())
	if err != nil {
		return nil, within(dir, err)
	}
	for _, tree := range readCriterion(dir, list) {
		if err := f.g.add(shown(dir), tree); err != nil {
			return nil, err
		}
	}
	return f.g, f.besides(ctx, found)
}

// within says which folder a problem is in.
func within(dir string, err error) error {
	if p, ok := errors.AsType[*results.Problem](err); ok {
		p.Where = shown(dir) + ": " + p.Where
	}
	return err
}

// look lists a folder.
func look(ctx context.Context, fsys fs.FS, dir string) (found listing, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return unreadable(filepath.Join(dir, name), err)
		case entry.IsDir() && strings.Count(name, "/") >= maxDepth:
			return problem(shown(filepath.Join(dir, name)), fmt.Sprintf("it is more than %d folders deep", maxDepth), "name the folder that the results are in")
		case !entry.Type().IsRegular():
			return nil
		}
		if found.files = append(found.files, name); len(found.files) > maxFiles {
			return problem(shown(dir), fmt.Sprintf("there are more than %d files in it", maxFiles), "name the folder that the results are in")
		}
		found.criterion = found.criterion || isSample(name)
		found.cbor = found.cbor || path.Ext(name) == ".cbor"
		return nil
	})
	return found, err
}

// isSample reports whether a file is where Criterion writes the samples of its
// latest results, or is those of the one result that was named. Its content
// decides what becomes of it.
func isSample(name string) bool {
	return name == "sample.json" || path.Base(name) == "sample.json" && path.Base(path.Dir(name)) == "new"
}

// folder reads the files of a folder.
type folder struct {
	dir   string
	root  *os.Root
	g     *gatherer
	bytes int64
}

// all reads every file.
func (f *folder) all(ctx context.Context, found listing) (*gatherer, error) {
	var passed []string
	var first error
	for _, name := range found.files {
		read, err := f.one(ctx, name)
		switch {
		case errors.Is(err, errUnknown) || errors.Is(err, jsonfile.ErrUnknown):
			if passed = append(passed, name); first == nil {
				first = err
			}
		case err != nil:
			return nil, err
		default:
			if err := f.g.add(shown(filepath.Join(f.dir, name)), read); err != nil {
				return nil, err
			}
		}
	}
	if len(f.g.results) == 0 && len(f.g.broken) == 0 {
		return nil, f.nothing(found, first)
	}
	if len(passed) > 0 {
		f.g.notes = append(f.g.notes, fmt.Sprintf("%s: %s of no known format passed over, such as %q.", shown(f.dir), count(len(passed), "file"), passed[0]))
	}
	return f.g, nil
}

// nothing is a problem with a folder without results; first is what is wrong with
// its first file, if it has one.
func (f *folder) nothing(found listing, first error) error {
	what, next := fmt.Sprintf("there is no result in it (%s)", count(len(found.files), "file")), known
	if p, ok := errors.AsType[*results.Problem](first); ok {
		what, next = what+"; "+because(p), p.Next
	}
	if found.cbor {
		next = "the files of cargo-criterion are not read; run cargo bench, and name target/criterion"
	}
	return problem(shown(f.dir), what, next)
}

// besides refuses results of another format that lie beside Criterion's own
// folders, rather than to leave them out in silence.
func (f *folder) besides(ctx context.Context, found listing) error {
	for _, name := range found.files {
		if strings.Contains(name, "/") || isSample(name) {
			continue
		}
		read, err := f.one(ctx, name)
		if err != nil {
			continue // it holds no result, so none is left out
		}
		if err := f.g.add(shown(filepath.Join(f.dir, name)), read); err != nil {
			return err
		}
	}
	return nil
}

// one reads one file.
func (f *folder) one(ctx context.Context, name string) (*content, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	where := filepath.Join(f.dir, name)
	file, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, unreadable(where, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, problem(shown(where), "it is not a regular file any more", "let nothing write there meanwhile")
	}
	text, err := readAll(file, shown(where))
	if err != nil {
		return nil, err
	}
	if f.bytes += int64(len(text)); f.bytes > maxTotalBytes {
		return nil, problem(shown(f.dir), fmt.Sprintf("its files exceed %d MiB", maxTotalBytes>>20), "name fewer")
	}
	return parse(shown(where), text)
}
