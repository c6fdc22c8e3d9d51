package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
)

// talosRows asks for the steps that Perfherder must alarm at.
func talosRows(folder string) ([]Row, error) {
	folder = filepath.Join(folder, "history", "talos")
	var expected map[string]struct {
		Indexes []int `json:"expected_indexes_after_sort_by_timestamp"`
	}
	if err := readJSON(filepath.Join(folder, "expected.json"), &expected); err != nil {
		return nil, err
	}
	found, wanted, extra := 0, 0, 0
	for _, name := range []string{"runs1.json", "runs3.json", "runs5.json"} {
		values, err := talosSeries(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		points, hits := ours.detect(values), 0
		for _, want := range expected[name].Indexes {
			wanted++
			if slices.ContainsFunc(points, func(p int) bool { return max(p-want, want-p) <= near }) {
				hits++
			}
		}
		found, extra = found+hits, extra+len(points)-hits
	}
	return []Row{{
		Task: "mozilla_talos, three series", Figure: fmt.Sprintf("%d of %d, %d extra", found, wanted, extra),
		Rivals: "Perfherder 3 of 3, 0 extra; and published: asv 3, 0; Otava 3, 1", Wanted: "3 of 3, 0 extra", Missed: found < wanted || extra > 0,
	}}, nil
}

func talosSeries(path string) ([]float64, error) {
	var file struct {
		Runs [][]json.RawMessage `json:"test_runs"`
	}
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	type run struct{ at, value float64 }
	runs := make([]run, len(file.Runs))
	for i, row := range file.Runs {
		if len(row) < 4 || json.Unmarshal(row[2], &runs[i].at) != nil || json.Unmarshal(row[3], &runs[i].value) != nil {
			return nil, fmt.Errorf("%s: run %d is not id, build, time, value", path, i)
		}
	}
	slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(a.at, b.at) })
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = r.value
	}
	return values, nil
}
