package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// pairCase is two sides of another tool's tests, with what that tool says of them:
// "worse", "better", "different", "same", or "unknown".
type pairCase struct {
	name       string
	base, head []float64
	says       string
}

// pairRows hold verdicts to the pairs of LNT's and catapult's tests. Most are one new
// value against a history, from which perfrun gives no verdict by design: what it says
// must never contradict the tool, which "cannot tell" does not, and how often both say
// the same is told beside it, so that silence does not win.
func pairRows(folder string) ([]Row, error) {
	cases, err := pairCases(filepath.Join(folder, "history", "peers"))
	if err != nil {
		return nil, err
	}
	contradicted, agreed, enough, decided := []string{}, 0, 0, 0
	for _, c := range cases {
		got := ourWord(c)
		if contradicts(got, c.says) {
			contradicted = append(contradicted, fmt.Sprintf("%s: %s instead of %s", c.name, got, c.says))
		}
		if agrees(got, c.says) {
			agreed++
		}
		if min(len(c.base), len(c.head)) >= 6 { // what a verdict needs
			enough++
			if got != verdict.CannotTell {
				decided++
			}
		}
	}
	return []Row{{
		Task:   fmt.Sprintf("pairs of LNT's and catapult's tests, contradicted, of %d (those that LNT fails itself among them)", len(cases)),
		Figure: fmt.Sprintf("%d; the same is said of %d; of %d with six values a side %d are decided", len(contradicted), agreed, enough, decided),
		Rivals: strings.Join(contradicted, "; and "), Wanted: "none", Missed: len(contradicted) > 0,
	}}, nil
}

// ourWord is what perfrun says of one pair alone, in which less is better.
func ourWord(c pairCase) verdict.Verdict {
	metric := results.Metric{Name: "value", Unit: "sec", Better: results.Lower}
	pair := verdict.Pair{Benchmark: c.name, Metric: metric, MinEffect: verdict.DefaultMinEffect, Base: singles(c.base), Head: singles(c.head)}
	return verdict.Compare([]verdict.Pair{pair})[0].Verdict
}

func singles(values []float64) (groups [][]float64) {
	for _, v := range values {
		groups = append(groups, []float64{v})
	}
	return groups
}

// contradicts reports whether two answers cannot both be right.
func contradicts(got verdict.Verdict, says string) bool {
	changed := got == verdict.Regression || got == verdict.Improvement
	switch says {
	case "worse":
		return got == verdict.Improvement || got == verdict.NoChange
	case "better":
		return got == verdict.Regression || got == verdict.NoChange
	case "different":
		return got == verdict.NoChange
	case "same":
		return changed
	}
	return changed || got == verdict.NoChange
}

func agrees(got verdict.Verdict, says string) bool {
	want := map[verdict.Verdict][]string{
		verdict.Regression: {"worse", "different"}, verdict.Improvement: {"better", "different"},
		verdict.NoChange: {"same"}, verdict.CannotTell: {"unknown"}, verdict.Broken: {"unknown"},
	}
	for _, word := range want[got] {
		if word == says {
			return true
		}
	}
	return false
}

func pairCases(folder string) (all []pairCase, err error) {
	var lnt struct {
		Pairs []struct {
			Test     string
			Current  []float64
			Previous []float64
			Expected string `json:"peer_expected"`
		} `json:"ab_cases"`
	}
	if err := readJSON(filepath.Join(folder, "lnt.json"), &lnt); err != nil {
		return nil, err
	}
	says := map[string]string{"REGRESSED": "worse", "IMPROVED": "better", "UNCHANGED_PASS": "same"}
	for _, c := range lnt.Pairs {
		if word, ok := says[c.Expected]; ok { // without a side there is nothing to compare
			all = append(all, pairCase{"LNT " + c.Test, c.Previous, c.Current, word})
		}
	}
	var catapult struct {
		Pairs []struct {
			A, B     []float64
			Expected string
		} `json:"compare_three_way"`
	}
	if err := readJSON(filepath.Join(folder, "catapult.json"), &catapult); err != nil {
		return nil, err
	}
	for i, c := range catapult.Pairs {
		all = append(all, pairCase{fmt.Sprintf("catapult %d", i), c.A, c.B, c.Expected})
	}
	return all, nil
}
