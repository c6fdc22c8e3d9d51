package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/perf/benchfmt"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// day is what one toolchain did on one day: benchmarks in the order of the file.
type day struct {
	names  []string
	values map[string][]float64 // sec/op
}

// repeated are the tips that were measured on two days.
var repeated = []struct{ tip, first, second string }{
	{"90860e0c31", "20220107T213212", "20220108T213218"},
	{"b7fa0f941f", "20220122T213212", "20220123T213212"},
}

// enough values a side make a benchmark count.
const enough = 6

// readDay reads one file of Go's own benchmark suite.
func readDay(file string) (*day, error) {
	raw, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	unzipped, err := gzip.NewReader(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return parseDay(unzipped, file)
}

func parseDay(r io.Reader, name string) (*day, error) {
	d := &day{values: map[string][]float64{}}
	reader := benchfmt.NewReader(r, name)
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		value, ok := result.Value("sec/op")
		if !ok {
			continue
		}
		bench := result.Name.String()
		if d.values[bench] == nil {
			d.names = append(d.names, bench)
		}
		d.values[bench] = append(d.values[bench], value)
	}
	return d, reader.Err()
}

// against lists what both days have, as one suite.
func (d *day) against(other *day) (pairs []twoSides) {
	for _, name := range d.names {
		if min(len(d.values[name]), len(other.values[name])) >= enough {
			pairs = append(pairs, twoSides{name, d.values[name], other.values[name]})
		}
	}
	return pairs
}

// signs judges a suite: -1 improvement, 1 regression, 0 neither, by name.
func signs(pairs []twoSides, minEffect float64) map[string]int {
	suite := asSuite(pairs, 0)
	for i := range suite {
		suite[i].MinEffect = minEffect
		suite[i].Metric = results.Metric{Name: "sec/op", Unit: "sec/op", Better: results.Lower}
	}
	list := map[string]int{}
	for _, c := range verdict.Compare(suite) {
		switch c.Verdict {
		case verdict.Regression:
			list[c.Benchmark] = 1
		case verdict.Improvement:
			list[c.Benchmark] = -1
		default:
			list[c.Benchmark] = 0
		}
	}
	return list
}

func rivalSigns(r rival) func([]twoSides) map[string]int {
	return func(pairs []twoSides) map[string]int {
		list := map[string]int{}
		for _, p := range pairs {
			list[p.name] = r.judge(p.base, p.head)
		}
		return list
	}
}

// repeats is how verdicts fare from one day to another.
type repeats struct {
	equal, alarms         int // Go 1.17 against itself
	pairs, same, opposite int // a tip against Go 1.17, on two days
	found, small          int // the same change on both days; and of less than 3 %
}

func (r repeats) String() string {
	return fmt.Sprintf("%.2f %% false; repeats %.1f %%, opposite %d; changes seen on both days %d, %d below 3 %%",
		100*float64(r.alarms)/float64(r.equal), 100*float64(r.same)/float64(r.pairs), r.opposite, r.found, r.small)
}

// golangRows asks whether a verdict holds on another day.
func golangRows(folder string) ([]Row, error) {
	folder = filepath.Join(folder, "golang_perf")
	ours, err := repeat(folder, func(p []twoSides) map[string]int { return signs(p, verdict.DefaultMinEffect) })
	if err != nil {
		return nil, err
	}
	var rivals []string
	var gate repeats
	for _, r := range []rival{benchstat, threePer, asv, perfherder} {
		theirs, err := repeat(folder, rivalSigns(r))
		if err != nil {
			return nil, err
		}
		if r.name == threePer.name {
			gate = theirs
		}
		rivals = append(rivals, fmt.Sprintf("%s %v", r.name, theirs))
	}
	return []Row{{
		Task:   fmt.Sprintf("golang_perf, Go 1.17 on neighbouring days (%d), two tips on two days (%d)", ours.equal, ours.pairs),
		Figure: ours.String(), Rivals: strings.Join(rivals, "; and "),
		Wanted: "at most 0.17 % false; repeats 98.5 %; opposite 0; smaller changes than a 3 % gate sees",
		Missed: float64(ours.alarms) > 0.00175*float64(ours.equal) || float64(ours.same) < 0.985*float64(ours.pairs) ||
			ours.opposite > 0 || ours.small <= gate.small,
	}}, nil
}

func repeat(folder string, judge func([]twoSides) map[string]int) (r repeats, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "Go1.17-opt.*"))
	if err != nil || len(files) < 2 {
		return r, fmt.Errorf("%d days of Go 1.17 in %s, %w", len(files), folder, err)
	}
	var days []*day
	for _, file := range files {
		d, err := readDay(file)
		if err != nil {
			return r, err
		}
		days = append(days, d)
	}
	for i := range days[1:] {
		for _, sign := range judge(days[i].against(days[i+1])) {
			r.equal++
			r.alarms += sign * sign
		}
	}
	for _, tip := range repeated {
		if err := r.tip(folder, tip.tip, [2]string{tip.first, tip.second}, judge); err != nil {
			return r, err
		}
	}
	return r, nil
}

// tip compares a tip's verdicts of two days.
func (r *repeats) tip(folder, tip string, on [2]string, judge func([]twoSides) map[string]int) error {
	var verdicts [2]map[string]int
	changes := map[string]float64{}
	for i, date := range on {
		old, err := readDay(filepath.Join(folder, "Go1.17-opt."+date+".gz"))
		if err != nil {
			return err
		}
		tipDay, err := readDay(filepath.Join(folder, tip+"-opt."+date+".gz"))
		if err != nil {
			return err
		}
		pairs := old.against(tipDay)
		for _, p := range pairs {
			changes[p.name] = max(changes[p.name], abs(median(p.head)/median(p.base)-1))
		}
		verdicts[i] = judge(pairs)
	}
	for name, first := range verdicts[0] {
		second, both := verdicts[1][name]
		if !both {
			continue
		}
		r.pairs++
		switch {
		case first == second:
			r.same++
			r.found += first * first
			if first != 0 && changes[name] < 0.03 {
				r.small++
			}
		case first*second < 0:
			r.opposite++
		}
	}
	return nil
}

func abs(x float64) float64 { return max(x, -x) }
