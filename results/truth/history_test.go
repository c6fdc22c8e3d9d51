package main

import (
	"math"
	"testing"
)

// TestHistories holds what the detector finds in histories that are passed on with
// the program. Three cases of other tools' tests are known to be missed: a
// staircase of fourteen points, and steps five or ten points from an end.
func TestHistories(t *testing.T) {
	for _, part := range []func(string) ([]Row, error){historyRows, talosRows, pairRows, benchstatRows} {
		rows, err := part("testdata")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.Missed {
				t.Errorf("%s: %s, wanted %s", row.Task, row.Figure, row.Wanted)
			}
		}
	}
	rows, err := peerRows("testdata")
	if err != nil || rows[0].Figure != "45 of 48" {
		t.Errorf("cases of other tools: %+v, %v", rows, err)
	}
}

// TestScores holds the measures to cases worked out by hand.
func TestScores(t *testing.T) {
	check := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	people := [][]int{{50}, {52, 80}, {}}
	check("F of silence", fMeasure(people, nil), 2*(1./2+1./3+1)/3/(1+(1./2+1./3+1)/3))
	check("F of all", fMeasure([][]int{{50}}, []int{50}), 1)
	check("F of a near miss", fMeasure([][]int{{50}}, []int{55}), 1)
	check("F of a miss", fMeasure([][]int{{50}}, []int{56}), 0.5)
	check("cover of silence", covering([][]int{{50}}, nil, 100), 0.5)
	check("cover of all", covering([][]int{{50}}, []int{50}, 100), 1)
	check("cover of one too many", covering([][]int{{}}, []int{25}, 100), 0.75)
	check("agreed marks", float64(len(agreedMarks([][]int{{50, 90}, {52}, {54, 95}, {}, {91}}))), 2)
	check("used once", float64(matches([]int{50, 52}, []int{51})), 1)
	s := rate([]marked{{"a", make([]float64, 100), [][]int{{}, {}, {}}}}, never, true)
	check("unmarked", float64(s.unmarked), 1)
	check("alarmed", float64(s.alarmed), 0)
}
