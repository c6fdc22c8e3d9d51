package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/files"
	"mtrlz.dev/perfrun/results/verdict"
)

// goldenTest is one of benchstat's own tests: what it printed, and the files that it
// read, or the one file whose notes part the sides.
type goldenTest struct{ stdout, base, head, notes string }

var goldenTests = []goldenTest{
	{stdout: "crcIgnore", base: "crc-old.txt", head: "crc-new.txt"},
	{stdout: "issue19565", notes: "issue19565.txt"},
	{stdout: "issue19634", notes: "issue19634.txt"},
	{stdout: "smallSample", notes: "smallSample.txt"},
	{stdout: "units", notes: "units.txt"},
	{stdout: "zero", notes: "zero.txt"},
}

// goldenLine is a line of benchstat's table: a name, both medians, the change or ~,
// and how many values a side.
var goldenLine = regexp.MustCompile(`(?m)^(\S+) +([0-9.]+)([nµmKMGTi]*) ± \S+(?: [¹²³])? +([0-9.]+)([nµmKMGTi]*) ± \S+(?: [¹²³])? +(~|[-+]?[0-9.]+%) \((?:p=([0-9.]+) )?n=(\d+)`)

// goldenUnit is the line above that names the unit.
var goldenUnit = regexp.MustCompile(`│ +(\S+) +│`)

// procs is the number of processors, which perfrun does not take for a part of a name.
var procs = regexp.MustCompile(`-[0-9]+$`)

// printed is what benchstat printed of one comparison.
type printed struct {
	name, unit string
	base, head float64
	digits     float64 // of the medians: half of the last one, as a fraction
	delta      string
	n          int
}

// benchstatRows hold medians and verdicts to what benchstat's own tests print.
func benchstatRows(string) ([]Row, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/perf").Output()
	if err != nil {
		return nil, fmt.Errorf("find benchstat's tests: %w", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(out)), "cmd/benchstat/testdata")
	lines, medians, silent, kept, found, large := 0, 0, 0, 0, 0, 0
	var failed []string
	for _, test := range goldenTests {
		known, err := test.judge(folder)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", test.stdout, err)
		}
		text, err := os.ReadFile(filepath.Join(folder, test.stdout+".stdout"))
		if err != nil {
			return nil, err
		}
		for _, line := range goldenLines(string(text)) {
			c, ok := known[line.name+" "+line.unit]
			lines++
			switch {
			case ok && near1(c.Base.Median, line.base, line.digits) && near1(c.Head.Median, line.head, line.digits):
				medians++
			default:
				failed = append(failed, fmt.Sprintf("%s %s: medians %v, %v instead of %v, %v", test.stdout, line.name, c.Base.Median, c.Head.Median, line.base, line.head))
			}
			changed := c.Verdict == verdict.Regression || c.Verdict == verdict.Improvement
			if line.delta == "~" {
				silent++
				if !changed {
					kept++
				} else {
					failed = append(failed, fmt.Sprintf("%s %s: %s where benchstat sees nothing", test.stdout, line.name, c.Verdict))
				}
			}
			if change, _ := strconv.ParseFloat(strings.TrimSuffix(line.delta, "%"), 64); line.n >= 6 && math.Abs(change) >= 2*100*verdict.DefaultMinEffect {
				large++
				if c.Verdict != verdict.NoChange {
					found++
				} else {
					failed = append(failed, fmt.Sprintf("%s %s: no change where benchstat sees %s", test.stdout, line.name, line.delta))
				}
			}
		}
	}
	return []Row{{
		Task:   "benchstat's own tests: medians as printed; nothing where it says ~; not no change where it says 4 % or more of 6 values or more",
		Figure: fmt.Sprintf("%d of %d; %d of %d; %d of %d", medians, lines, kept, silent, found, large),
		Rivals: strings.Join(failed, "; and "), Wanted: "all", Missed: len(failed) > 0 || lines < 40 || silent == 0 || large == 0,
	}}, nil
}

// near1 reports whether a median is what was printed, to half of its last digit.
func near1(got, want, digits float64) bool {
	return math.Abs(got-want) <= digits*1.01+1e-12*math.Abs(want)
}

// judge compares what a test reads, by benchmark and unit.
func (g goldenTest) judge(folder string) (map[string]verdict.Comparison, error) {
	base, head := filepath.Join(folder, g.base), filepath.Join(folder, g.head)
	if g.notes != "" {
		dir, err := os.MkdirTemp("", "perfrun-truth-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		base, head = filepath.Join(dir, "before"), filepath.Join(dir, "after")
		if err := part(filepath.Join(folder, g.notes), base, head); err != nil {
			return nil, err
		}
	}
	var sets [2]*files.Set
	for i, path := range []string{base, head} {
		set, err := files.Read(context.Background(), path)
		if err != nil {
			return nil, err
		}
		sets[i] = set
	}
	joined, err := files.Join(sets[0], sets[1])
	if err != nil {
		return nil, err
	}
	var pairs []verdict.Pair
	for _, p := range joined {
		if p.Metric.Better == "" {
			p.Metric.Better = results.Lower
		}
		pairs = append(pairs, verdict.Pair{Benchmark: p.Benchmark, Metric: p.Metric, MinEffect: verdict.DefaultMinEffect, Base: p.Base, Head: p.Head})
	}
	known := map[string]verdict.Comparison{}
	for _, c := range verdict.Compare(pairs) {
		known[strings.TrimPrefix(c.Benchmark, "Benchmark")+" "+c.Metric.Unit] = c
	}
	return known, nil
}

// part writes the lines after "note: before" to one file and those after "note:
// after" to another; what comes first belongs to both.
func part(path, base, head string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var sides [2]strings.Builder
	into := []int{0, 1}
	for line := range strings.Lines(string(text)) {
		if note, ok := strings.CutPrefix(line, "note:"); ok {
			into = []int{0}
			if strings.TrimSpace(note) == "after" {
				into = []int{1}
			}
			continue
		}
		for _, side := range into {
			sides[side].WriteString(line)
		}
	}
	for i, to := range []string{base, head} {
		if err := os.WriteFile(to, []byte(sides[i].String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// goldenLines reads the tables of an output. A geometric mean is no comparison.
func goldenLines(text string) (list []printed) {
	unit := ""
	for line := range strings.Lines(text) {
		if m := goldenUnit.FindStringSubmatch(line); m != nil && strings.Contains(line, "vs base") {
			unit = m[1]
		}
		m := goldenLine.FindStringSubmatch(line)
		if m == nil || m[1] == "geomean" {
			continue
		}
		base, digits := number(m[2], m[3])
		head, more := number(m[4], m[5])
		n, _ := strconv.Atoi(m[8])
		list = append(list, printed{procs.ReplaceAllString(m[1], ""), unit, base, head, max(digits, more), m[6], n})
	}
	return list
}

// number reads a number with its prefix, and returns half of its last digit too.
func number(text, prefix string) (value, half float64) {
	scale := map[string]float64{"n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1, "K": 1e3, "M": 1e6, "G": 1e9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}[prefix]
	value, _ = strconv.ParseFloat(text, 64)
	_, fraction, _ := strings.Cut(text, ".")
	return value * scale, scale * math.Pow(10, -float64(len(fraction))) / 2
}
