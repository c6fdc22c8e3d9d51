package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// historyRows asks whether steps in histories are found where people see them.
func historyRows(folder string) ([]Row, error) {
	rows := []Row{}
	for _, part := range []func(string) (Row, error){annotatedRow, turingRow, practitionersRow} {
		row, err := part(filepath.Join(folder, "history"))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// absent says where data is to be had that is not here.
func absent(task, where string) Row {
	return Row{Task: task, Figure: "not measured: its data may not be passed on with this program; put it into $PERFRUN_TRUTH_DATA/" + where}
}

func annotatedRow(string) (Row, error) {
	const task = "sap_hana_annotated, histories against five people each"
	path, ok := elsewhere("sap_hana_annotated", "dev.json.gz")
	if !ok {
		return absent(task, "sap_hana_annotated/dev.json.gz"), nil
	}
	all, err := annotated(path)
	if err != nil {
		return Row{}, err
	}
	s := rate(all, ours, true)
	n := float64(s.series)
	return Row{
		Task: fmt.Sprintf("%s (%d)", task, s.series), Figure: s.String(), Rivals: rivalScores(all, true),
		Wanted: "F1 0.85, Cover 0.775, recall 0.70 at precision 0.65, at most 1 unmarked alarmed",
		Missed: s.f1 < 0.85*n || s.cover < 0.775*n || s.recall() < 0.70 || s.precision() < 0.65 || s.alarmed > 1,
	}, nil
}

func rivalScores(all []marked, majority bool) string {
	var words []string
	for _, d := range []detector{tScan, leastCost, never} {
		words = append(words, d.name+" "+rate(all, d, majority).String())
	}
	return strings.Join(words, "; and ")
}

func turingRow(string) (Row, error) {
	const task = "tcpd, the Turing collection, default parameters"
	path, ok := elsewhere("tcpd")
	if !ok {
		return absent(task, "tcpd"), nil
	}
	all, err := turing(path)
	if err != nil {
		return Row{}, err
	}
	s := rate(all, ours, false)
	return Row{
		Task: fmt.Sprintf("%s (%d)", task, s.series), Figure: s.String(),
		Rivals: "published: BINSEG F1 0.738, Cover 0.693; and AMOC F1 0.699, Cover 0.697; and " + rivalScores(all, false),
		Wanted: "F1 above 0.738, Cover above 0.697", Missed: s.f1 <= 0.738*float64(s.series) || s.cover <= 0.697*float64(s.series),
	}, nil
}

func practitionersRow(folder string) (Row, error) {
	all, err := practitioners(filepath.Join(folder, "small"))
	if err != nil {
		return Row{}, err
	}
	count := func(d detector) (found, wrong int) {
		for _, j := range all {
			points := d.detect(j.values)
			switch {
			case j.regression >= 0 && matches([]int{j.regression}, points) > 0:
				found++
			case j.regression < 0 && slices.ContainsFunc(points, func(p int) bool { return rises(j.values, points, p) }):
				wrong++
			}
		}
		return found, wrong
	}
	found, wrong := count(ours)
	theirs, theirWrong := count(tScan)
	return Row{
		Task:   fmt.Sprintf("sap_hana_small_2021, practitioners' verdicts (%d)", len(all)),
		Figure: fmt.Sprintf("%d of 5 regressions found, %d of 20 others alarmed", found, wrong),
		Rivals: fmt.Sprintf("%s: %d of 5, %d of 20", tScan.name, theirs, theirWrong), Wanted: "5 of 5, 0 of 20", Missed: found < 5 || wrong > 0,
	}, nil
}

// rises reports whether the level after a point is above the one before.
func rises(values []float64, points []int, p int) bool {
	for i, segment := range segments(points, len(values)) {
		if segment[0] == p && i > 0 {
			before := segments(points, len(values))[i-1]
			return median(values[p:segment[1]]) > median(values[before[0]:before[1]])
		}
	}
	return false
}
