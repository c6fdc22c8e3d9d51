package formats

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// DefaultCriterionDir is where Criterion writes below a package, unless
// CARGO_TARGET_DIR or CRITERION_HOME says otherwise.
const DefaultCriterionDir = "target/criterion"

// Bounds on what is read of a tree that the benchmark, or anybody who could
// write there, made.
const (
	maxEntries     = 200_000  // files and folders looked at; Criterion makes about 30 a case
	maxResults     = 10_000   // folders with a sample.json
	maxFileBytes   = 64 << 20 // of one JSON file; 100 samples are 2 KB
	maxResultBytes = 1 << 30  // of JSON altogether
	maxResultDepth = 12       // folders below Criterion's; it makes four: group/function/value/new
)

// criterionNext is what to do when Criterion's results are not where they should
// be.
const criterionNext = "check that the command runs at least one benchmark, and name in the suite the folder that Criterion writes to"

// readCriterion reads the results that Criterion.rs wrote during this execution:
//
//	<dir>/<group>[/<function>][/<value>]/new/sample.json     {"iters": [...], "times": [...]}
//	                                        /benchmark.json  {"full_id": "group/function/value", ...}
//
// sample.json has for every batch its iterations and the nanoseconds they took
// altogether. Versions 0.3.3 to 0.5 write both alike (src/analysis/mod.rs and
// BenchmarkId in src/report.rs), and so do later ones; earlier ones write a pair of
// lists, and the first of all no benchmark.json. Named baselines, "base" and
// "change" lie beside "new" and belong to other executions or are computed from it.
func readCriterion(out Output) ([]results.Sample, error) {
	dir, err := criterionDir(out)
	if err != nil {
		return nil, err
	}
	tree := criterionTree{fsys: out.Dir, entries: maxEntries, bytes: maxResultBytes}
	if err := tree.find(dir, 0); err != nil {
		return nil, err
	}
	var samples []results.Sample
	where := map[string]string{} // full id to the folder it was read from
	for _, found := range tree.found {
		result, err := tree.result(dir, found, out.Since)
		switch {
		case err != nil:
			return nil, err
		case result == nil:
			continue // of an earlier execution
		}
		if other, taken := where[result.id]; taken {
			return nil, problem(quote(found), fmt.Sprintf("benchmark %s has another result in %s", quote(result.id), quote(other)), "give every benchmark an id of its own")
		}
		where[result.id] = found
		samples = append(samples, result.Samples...)
	}
	if len(samples) == 0 {
		return nil, noResult(quote(dir), fmt.Sprintf("Criterion wrote no result there in this execution (%d older ones were found)", len(tree.found)), criterionNext)
	}
	return samples, nil
}

// CriterionResult is one result of Criterion's: all batches of one case.
type CriterionResult struct {
	Root    string // the tree that it is in, as a path of the file system that was read
	Samples []results.Sample
	id      string
}

// ReadCriterionTrees reads the latest results ("new") of one tree, or of several
// below one folder, whenever they were written; a folder with a sample.json is
// read as that one result, of whatever baseline. No result at all is no error.
// An error is a [*results.Problem].
func ReadCriterionTrees(fsys fs.FS) ([]CriterionResult, error) {
	tree := criterionTree{fsys: fsys, entries: maxEntries, bytes: maxResultBytes}
	if info, err := fs.Lstat(fsys, "sample.json"); err == nil && info.Mode().IsRegular() {
		tree.found = []string{"."}
	} else if err := tree.find(".", 0); err != nil {
		return nil, err
	}
	var list []CriterionResult
	where := map[[2]string]string{} // tree and full id to the folder
	for _, found := range tree.found {
		result, err := tree.result(".", found, time.Time{})
		if err != nil {
			return nil, err
		}
		key := [2]string{result.Root, result.id}
		if other, taken := where[key]; taken {
			return nil, problem(quote(found), fmt.Sprintf("benchmark %s has another result in %s", quote(result.id), quote(other)), "keep the trees of several runs in a folder each")
		}
		where[key] = found
		list = append(list, *result)
	}
	return list, nil
}

// result reads what was found in a folder; nil if it is older than since.
func (t *criterionTree) result(top, dir string, since time.Time) (*CriterionResult, error) {
	batches, err := t.batches(dir, since)
	if batches == nil || err != nil {
		return nil, err
	}
	id, root, err := t.identify(top, dir)
	if err != nil {
		return nil, err
	}
	return &CriterionResult{root, batches.samples(id), id}, nil
}

// criterionDir returns the folder to read, which exists.
func criterionDir(out Output) (string, error) {
	dir := DefaultCriterionDir
	if out.CriterionDir != "" {
		dir = path.Clean(out.CriterionDir)
	}
	if !fs.ValidPath(dir) || out.Dir == nil {
		return "", problem(quote(dir), "Criterion's folder is not a path inside the working tree", "name it relative to the repository's top")
	}
	info, err := fs.Stat(out.Dir, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", noResult(quote(dir), "there is no such folder, so Criterion wrote no result", criterionNext)
	case err != nil:
		return "", unreadable(dir, err)
	case !info.IsDir():
		return "", problem(quote(dir), "it is not a folder", criterionNext)
	}
	return dir, nil
}

// unreadable is a problem with a file or folder of the tree.
func unreadable(name string, err error) *results.Problem {
	p := problem(quote(name), fmt.Sprintf("it cannot be read: %v", err), "it must lie inside the working tree, readable and not behind a symbolic link that leaves it")
	p.Err = err
	return p
}

// malformed is a problem with what a file of the tree says.
func malformed(name string, err error) *results.Problem {
	p := problem(quote(name), fmt.Sprintf("it is no result of Criterion 0.3 to 0.5: %v", err), "remove it and measure again")
	p.Err = err
	return p
}

// criterionTree looks for results below one folder, within bounds.
type criterionTree struct {
	fsys    fs.FS
	entries int      // how many more may be looked at
	bytes   int64    // how many more may be read
	found   []string // the "new" folders that hold a sample.json, in path order
}

// find adds the results in dir and below it.
func (t *criterionTree) find(dir string, depth int) error {
	entries, err := t.list(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if entry.Name() == "sample.json" && entry.Type().IsRegular() && path.Base(dir) == "new" {
			t.found = append(t.found, dir)
		}
		if len(t.found) > maxResults {
			return problem(quote(dir), fmt.Sprintf("there are more than %d results in Criterion's folder", maxResults), "remove old results from it")
		}
		if !entry.IsDir() {
			continue
		}
		if depth == maxResultDepth {
			return problem(quote(name), fmt.Sprintf("it lies more than %d folders below Criterion's, where no result of Criterion's is", maxResultDepth), "name in the suite the folder that Criterion writes to")
		}
		if err := t.find(name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// list returns a folder's entries by name.
func (t *criterionTree) list(dir string) ([]fs.DirEntry, error) {
	file, err := t.fsys.Open(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	defer file.Close()
	folder, ok := file.(fs.ReadDirFile)
	if !ok {
		return nil, unreadable(dir, errors.New("not a folder"))
	}
	entries, err := folder.ReadDir(t.entries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(dir, err)
	}
	t.entries -= len(entries)
	if t.entries < 0 {
		return nil, problem(quote(dir), fmt.Sprintf("there are more than %d files in Criterion's folder", maxEntries), "remove old results from it")
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// How far the time that a file system notes may lag behind the clock: the kernel
// takes it from the last tick (at most 10 ms ago, CONFIG_HZ=100), and some file
// systems keep whole seconds.
const (
	tick        = 10 * time.Millisecond
	wholeSecond = time.Second
)

// lag returns how much earlier than it was written a file may seem to be.
func lag(modified time.Time) time.Duration {
	if modified.Nanosecond() == 0 {
		return wholeSecond
	}
	return tick
}

// fresh reports whether a result was written after since. Where the file's time
// is too coarse to tell, the result itself does: nothing that took longer to
// measure than this execution had run when it was written can be its result.
func fresh(modified, since time.Time, measured float64) bool {
	if !modified.Before(since) {
		return true
	}
	ran := modified.Add(lag(modified)).Sub(since)
	return ran >= 0 && measured <= float64(ran)
}
