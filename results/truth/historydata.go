package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// readJSON reads a file, compressed if its name says so.
func readJSON(path string, into any) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	if strings.HasSuffix(path, ".gz") {
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		decoder = json.NewDecoder(unzipped)
	}
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// annotated reads histories of SAP HANA that five people have marked.
func annotated(path string) (all []marked, err error) {
	var file map[string]struct {
		Values      []float64
		Annotations map[string][]int
	}
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		if s := file[name]; len(s.Annotations) == 5 {
			all = append(all, marked{name, s.Values, inOrder(s.Annotations)})
		}
	}
	return all, nil
}

func inOrder(annotations map[string][]int) (people [][]int) {
	for _, who := range slices.Sorted(maps.Keys(annotations)) {
		people = append(people, annotations[who])
	}
	return people
}

// turing reads the univariate series of the Turing collection.
func turing(folder string) (all []marked, err error) {
	var annotations map[string]map[string][]int
	if err := readJSON(filepath.Join(folder, "annotations.json"), &annotations); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "datasets", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		var series struct {
			Name   string
			Series []struct{ Raw []*float64 }
		}
		if err := readJSON(file, &series); err != nil {
			return nil, err
		}
		if len(series.Series) == 1 && annotations[series.Name] != nil {
			all = append(all, marked{series.Name, filled(series.Series[0].Raw), inOrder(annotations[series.Name])})
		}
	}
	return all, nil
}

// filled repeats the value before a missing one.
func filled(raw []*float64) []float64 {
	values := make([]float64, len(raw))
	for i, v := range raw {
		switch {
		case v != nil:
			values[i] = *v
		case i > 0:
			values[i] = values[i-1]
		}
	}
	return values
}

// judged is a history that practitioners have called a regression or not.
type judged struct {
	values     []float64
	regression int // first point; -1: none
}

func practitioners(folder string) (all []judged, err error) {
	details, err := table(filepath.Join(folder, "details.csv"), ';')
	if err != nil {
		return nil, err
	}
	for _, row := range details {
		rows, err := table(filepath.Join(folder, row[1]), ',')
		if err != nil {
			return nil, err
		}
		j := judged{regression: -1}
		for _, point := range rows {
			value, err := strconv.ParseFloat(point[2], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", row[1], err)
			}
			j.values = append(j.values, value)
		}
		if last, _ := strconv.Atoi(row[2]); row[0] == "regression" {
			j.regression = last
		}
		all = append(all, j)
	}
	return all, nil
}

// table reads the rows below the header of a small table.
func table(path string, comma rune) ([][]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma = comma
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, fmt.Errorf("%s: %d rows, %w", path, len(rows), err)
	}
	return rows[1:], nil
}
