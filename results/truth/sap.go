package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// suiteSize is how many pairs are judged as one suite.
const suiteSize = 40

// slowdowns are injected into pairs of equal sides.
var slowdowns = []float64{0.02, 0.05, 0.10}

// twoSides are measurements of one thing, base and head in turn.
type twoSides struct {
	name       string
	base, head []float64
}

// sapPairs reads pairs of one version of SAP HANA against itself.
func sapPairs(folder string) (pairs []twoSides, err error) {
	err = readCSV(filepath.Join(folder, "sap_aa", "pairs.csv.gz"), func(row []string) error {
		value, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			return err
		}
		if n := len(pairs); n == 0 || pairs[n-1].name != row[0] {
			pairs = append(pairs, twoSides{name: row[0]})
		}
		pair := &pairs[len(pairs)-1]
		if row[1] == "base" {
			pair.base = append(pair.base, value)
		} else {
			pair.head = append(pair.head, value)
		}
		return nil
	})
	return pairs, err
}

// readCSV calls row for each line below the header of a compressed table.
func readCSV(file string, row func([]string) error) error {
	raw, err := os.Open(file)
	if err != nil {
		return err
	}
	defer raw.Close()
	unzipped, err := gzip.NewReader(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	table := csv.NewReader(unzipped)
	for line := 0; ; line++ {
		fields, err := table.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil && line > 0 {
			err = row(fields)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}

// tally is how a rule fares.
type tally struct {
	pairs, alarms int // of equal sides
	found         [3]int
}

func (t tally) String() string {
	of := func(n int) float64 { return 100 * float64(n) / float64(t.pairs) }
	return fmt.Sprintf("%.2f %% false; found %.1f, %.1f, %.1f %%", of(t.alarms), of(t.found[0]), of(t.found[1]), of(t.found[2]))
}

func (t tally) falseShare() float64 { return float64(t.alarms) / float64(t.pairs) }

// more reports whether more is found of every size.
func (t tally) more(other tally) bool {
	for i := range t.found {
		if t.found[i] <= other.found[i] {
			return false
		}
	}
	return true
}

// sapRows asks whether equal sides are told from different ones.
func sapRows(folder string) ([]Row, error) {
	pairs, err := sapPairs(folder)
	if err != nil {
		return nil, err
	}
	ours, held := tallySuites(pairs)
	rivals := map[string]tally{}
	var words []string
	for _, r := range []rival{benchstat, strict, asv, perfherder} {
		rivals[r.name] = tallyRival(pairs, r)
		words = append(words, fmt.Sprintf("%s %v", r.name, rivals[r.name]))
	}
	return []Row{
		{
			Task:   fmt.Sprintf("sap_aa, %d pairs in suites of %d, at +2, +5, +10 %%", len(pairs), suiteSize),
			Figure: ours.String(), Rivals: strings.Join(words, "; and "), Wanted: "at most 0.10 % false; more found of each size than asv",
			Missed: ours.falseShare() > 0.001 || !ours.more(rivals[asv.name]),
		},
		{
			Task: "sap_aa, 95 % intervals that hold the true change", Figure: fmt.Sprintf("%.1f %%", 100*held),
			Wanted: "95 % or more, not much more", Missed: held < 0.95,
		},
	}, nil
}

// tallySuites judges suites of equal sides, and with each slow-down in every pair;
// held is the share of all intervals with the injected change in them.
func tallySuites(pairs []twoSides) (t tally, held float64) {
	t.pairs = len(pairs)
	intervals, holding := 0, 0
	judge := func(suite []twoSides, slower float64) (worse, better int) {
		for _, c := range verdict.Compare(asSuite(suite, slower)) {
			switch c.Verdict {
			case verdict.Regression:
				worse++
			case verdict.Improvement:
				better++
			}
			if c.HasInterval() {
				intervals++
				if c.Low <= slower && slower <= c.High {
					holding++
				}
			}
		}
		return worse, better
	}
	for suite := range slices.Chunk(pairs, suiteSize) {
		worse, better := judge(suite, 0)
		t.alarms += worse + better
		for i, slower := range slowdowns {
			worse, _ := judge(suite, slower)
			t.found[i] += worse
		}
	}
	return t, float64(holding) / float64(intervals)
}

func asSuite(pairs []twoSides, slower float64) []verdict.Pair {
	list := make([]verdict.Pair, len(pairs))
	for i, p := range pairs {
		list[i] = verdict.Pair{
			Benchmark: p.name, Metric: results.Metric{Name: "time", Unit: "sec", Better: results.Lower},
			MinEffect: verdict.DefaultMinEffect, Base: alone(p.base, 1), Head: alone(p.head, 1+slower),
		}
	}
	return list
}

// alone makes each value a group of its own, multiplied.
func alone(values []float64, factor float64) [][]float64 {
	groups := make([][]float64, len(values))
	for i, v := range values {
		groups[i] = []float64{v * factor}
	}
	return groups
}

func tallyRival(pairs []twoSides, r rival) (t tally) {
	t.pairs = len(pairs)
	for _, p := range pairs {
		t.alarms += int(math.Abs(float64(r.judge(p.base, p.head))))
		for i, slower := range slowdowns {
			if r.judge(p.base, flat(alone(p.head, 1+slower))) > 0 {
				t.found[i]++
			}
		}
	}
	return t
}

func flat(groups [][]float64) []float64 { return slices.Concat(groups...) }

func percent(share float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*share), "0"), ".") + " %"
}
