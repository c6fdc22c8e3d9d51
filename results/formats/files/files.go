package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"mtrlz.dev/perfrun/results"
)

// The formats that have no tool's name; the others are those of package jsonfile.
const (
	Go        = "go"
	Values    = "values"
	Criterion = "criterion"
	Perfrun   = "perfrun"
)

// EnoughProcesses is how many processes a text must show to have its lines
// grouped by them: with fewer on both sides no exact rank test can reach p < 0.01
// (with 5 and 5 the least is 2/252, with 4 and 4 it is 2/70).
const EnoughProcesses = 5

// Bounds on what is read.
const (
	maxFileBytes  = 256 << 20
	maxTotalBytes = 1 << 30
	maxFiles      = 10_000 // of a folder, results or not
	maxDepth      = 12     // folders below the one that is named
)

// Set is what a file or a folder holds.
type Set struct {
	Path    string   // as it was named
	Format  string   // "go", "criterion", "values", "perfrun", or a tool's name
	Results []Result // in the order in which they first appear
	// Broken are the benchmarks that the file says have failed, wholly or in part.
	Broken []Broken
	// SharedProcess: some groups are single lines that, as far as the file shows, one
	// process printed. They may be less independent than they look.
	SharedProcess bool
	Notes         []string // what a reader of a comparison should know, a sentence each
}

// Result is one metric of one benchmark.
type Result struct {
	// Benchmark is its name; of a Go benchmark with its package before it if the set
	// has several.
	Benchmark string
	Metric    results.Metric
	Groups    [][]float64 // finite, in Metric.Unit; not empty, and no group is
	Package   string      // of a Go benchmark, where the file says it

	short   string // the name without package
	summary string // what the tool made one value of
}

// Broken is a benchmark that failed.
type Broken struct {
	Benchmark string // or a package; empty where the file does not say
	Why       string // with the place
}

// Read reads the file or folder at path. Every error but the context's is a
// [*results.Problem], of kind BadInput, with line and column where there are any.
func Read(ctx context.Context, path string) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	var g *gatherer
	if info.IsDir() {
		g, err = readFolder(ctx, path)
	} else {
		g, err = readNamed(path)
	}
	if err != nil {
		return nil, badInput(err)
	}
	set, err := g.set(path)
	if err != nil {
		return nil, badInput(err)
	}
	return set, nil
}

// readNamed reads the one file that a user named, which may be a pipe.
func readNamed(path string) (*gatherer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	text, err := readAll(file, shown(path))
	if err != nil {
		return nil, err
	}
	g := newGatherer()
	read, err := parse(shown(path), text)
	if err != nil {
		return nil, err
	}
	return g, g.add(shown(path), read)
}

func readAll(file io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	switch {
	case err != nil:
		return nil, unreadable(name, err)
	case len(text) > maxFileBytes:
		return nil, problem(name, fmt.Sprintf("it is larger than %d MiB", maxFileBytes>>20), "split it, and name the folder")
	}
	return text, nil
}

// shown is a path as it may stand in an error: on one line, nothing that a
// terminal would obey.
func shown(path string) string {
	for _, r := range path {
		if !strconv.IsPrint(r) {
			return strconv.Quote(path)
		}
	}
	return path
}

func problem(where, what, next string) *results.Problem {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}

// unreadable is a problem with opening or reading; the path is not said twice.
func unreadable(path string, err error) *results.Problem {
	cause := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		cause = at.Err
	}
	p := problem(shown(path), fmt.Sprintf("it cannot be read: %v", cause), "name a file of benchmark results, or a folder of them")
	p.Err = err
	return p
}

// badInput makes a problem with a file the user's: the packages that read the
// output of an execution take it for the benchmark's.
func badInput(err error) error {
	p, ok := errors.AsType[*results.Problem](err)
	if !ok {
		return err
	}
	mine := *p
	mine.Kind = results.BadInput
	return &mine
}
