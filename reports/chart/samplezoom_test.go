package chart

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// alternating are n points in turns of base and head.
func alternating(n int) Samples {
	s := Samples{BaseMedian: 5, HeadMedian: 6, Unit: "ms", Label: "many"}
	for i := range n {
		v := 5 + float64(i%2) + float64(i%7)/10
		s.Points = append(s.Points, Point{Head: i%2 == 1, Value: v, Low: v, High: v + 0.1, Title: fmt.Sprintf("point %d", i)})
	}
	s.Points[n/2].Kind = Faulty
	return s
}

var listed = regexp.MustCompile(`data-commits="([^"]*)" data-heights="([^"]*)"`)

// TestManySamplesCanBeZoomed: of many points each side lists where they are, in the order
// of their words; of few nothing does, and of very many no words are left.
func TestManySamplesCanBeZoomed(t *testing.T) {
	check := func(n, lists, words int) {
		t.Helper()
		svg := string(alternating(n).SVG())
		checkSVG(t, alternating(n).SVG(), plotWidth, sampleHeight)
		found := listed.FindAllStringSubmatch(svg, -1)
		if len(found) != lists || strings.Count(svg, "<title>") != words {
			t.Errorf("of %d points there are %d lists and %d words, want %d and %d", n, len(found), strings.Count(svg, "<title>"), lists, words)
		}
		all := 0
		for _, f := range found {
			commits, heights := strings.Fields(f[1]), strings.Fields(f[2])
			if len(commits) != len(heights) {
				t.Errorf("of %d points a side lists %d places and %d heights", n, len(commits), len(heights))
			}
			all += len(commits)
		}
		if lists > 0 && all != n {
			t.Errorf("of %d points %d are listed", n, all)
		}
	}
	check(manyPoints-1, 0, manyPoints-1)
	check(manyPoints, 2, manyPoints)
	check(mostNamed, 2, mostNamed)
	check(mostNamed+1, 0, 0)
	check(MostPoints+1, 0, 0)
}
