package formats

import (
	"bytes"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// GoLine is one result line of a whole file of "go test -bench" output.
type GoLine struct {
	Package string           // from the "pkg:" line above it; may be empty
	Run     int              // which process printed it, among those that show; see [ReadGoFile]
	Side    string           // from a "side:" line above it, as perfrun itself writes; may be empty
	Samples []results.Sample // finite; Case is the benchmark's name without package and "-8"
}

// GoFailure is what a file says has gone wrong.
type GoFailure struct {
	Name    string // the benchmark or package; empty where it does not say
	Problem *results.Problem
}

// ReadGoFile reads a whole file, as people keep them: the output of one "go test
// -bench" or of many, one after the other. What failed costs itself only. name is
// what problems are reported under; an error is a [*results.Problem], with the
// cause ErrNoResult if there is no result line.
//
// Run tells processes apart, for each benchmark from 0. go test runs a package in
// one process, and a benchmark there as often as -count says, without another in
// between. So a new header (goos:, pkg:) after results begins another process,
// and so does a benchmark that comes again after others.
func ReadGoFile(name string, text []byte) ([]GoLine, []GoFailure, error) {
	var failures []GoFailure
	r := goReader{name, func(what string, problem *results.Problem) error {
		failures = append(failures, GoFailure{what, problem})
		return nil
	}}
	lines, units, err := r.scan(text)
	if err != nil {
		return nil, failures, err
	}
	cases, blocks := goCases(lines, true), headersBefore(lines, text)
	runs := map[string]*goRuns{}
	read := make([]GoLine, len(lines))
	for i, line := range lines {
		if runs[cases[i]] == nil {
			runs[cases[i]] = &goRuns{block: -1}
		}
		short := cases[i]
		if line.pkg != "" {
			short = strings.TrimPrefix(short, line.pkg+".")
		}
		samples, err := r.samples(line, short, units)
		if err != nil {
			return nil, failures, err
		}
		for j := range samples {
			if err := admit(&samples[j]); err != nil {
				return nil, failures, err
			}
		}
		read[i] = GoLine{line.pkg, runs[cases[i]].of(i, blocks[i]), line.side, samples}
	}
	return read, failures, nil
}

// goRuns counts the processes that ran a benchmark.
type goRuns struct{ block, line, count int }

// of returns the run of a result line in a block of lines below one header.
func (r *goRuns) of(line, block int) int {
	if r.block >= 0 && (block != r.block || line != r.line+1) {
		r.count++
	}
	r.block, r.line = block, line
	return r.count
}

// headersBefore counts, for each result line, the headers above it that have
// results above them.
func headersBefore(lines []goLine, text []byte) []int {
	blocks := make([]int, len(lines))
	rest := cursor{rest: text}
	block := 0
	for i, line := range lines {
		for header := false; rest.number < line.number; {
			at := rest.at(rest.number + 1)
			if is := strings.HasPrefix(at, "goos:") || strings.HasPrefix(at, "pkg:"); is && !header && i > 0 {
				header = true
				block++
			}
		}
		blocks[i] = block
	}
	return blocks
}

// HasGoResult reports whether a text has a line like "BenchmarkName 100 5 ns/op".
func HasGoResult(text []byte) bool {
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) >= 4 && bytes.HasPrefix(line, []byte("Benchmark")) && isNumber(fields[1]) && isNumber(fields[2]) {
			return true
		}
	}
	return false
}

func isNumber(text []byte) bool {
	_, err := strconv.ParseFloat(string(text), 64)
	return err == nil
}
