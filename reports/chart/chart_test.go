package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyFloat draws every kind of float, the unusable ones often.
func anyFloat() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64(), rapid.Float64Range(-10, 10),
		rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324}),
	)
}

func TestScaleStaysInViewport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewScale(anyFloat().Draw(t, "low"), anyFloat().Draw(t, "high"), 10, 90)
		if rapid.Bool().Draw(t, "padded") {
			s = s.Padded(0.1)
		}
		low, high := s.Domain()
		if !(low < high) || math.IsInf(high-low, 0) {
			t.Fatalf("domain %g to %g", low, high)
		}
		a, b := anyFloat().Draw(t, "a"), anyFloat().Draw(t, "b")
		if x := s.At(a); !(x >= 10 && x <= 90) {
			t.Fatalf("%g lies at %g", a, x)
		}
		if a <= b && s.At(a) > s.At(b) {
			t.Fatalf("order of %g and %g is lost", a, b)
		}
		if math.Abs(s.At(low)-10) > 1e-9 || math.Abs(s.At(high)-90) > 1e-9 {
			t.Fatalf("ends lie at %g and %g", s.At(low), s.At(high))
		}
	})
}

func TestTicksAreRoundAndFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewScale(anyFloat().Draw(t, "low"), anyFloat().Draw(t, "high"), 0, 100)
		most := rapid.IntRange(3, 8).Draw(t, "most")
		ticks := s.Ticks(most)
		if len(ticks) < 1 || len(ticks) > most {
			t.Fatalf("%d ticks: %v", len(ticks), ticks)
		}
		low, high := s.Domain()
		slack := (high - low) * 1e-9
		for i, tick := range ticks {
			if tick < low-slack || tick > high+slack || i > 0 && !(tick > ticks[i-1]) {
				t.Fatalf("tick %g of %v, domain %g to %g", tick, ticks, low, high)
			}
		}
		if words := tickWords(ticks); len(words) != len(ticks) || strings.Contains(strings.Join(words, ""), "NaN") {
			t.Fatalf("words %q", words)
		}
	})
}

func TestTicks(t *testing.T) {
	check := func(low, high float64, want string) {
		t.Helper()
		ticks := NewScale(low, high, 0, 1).Ticks(5)
		if got := strings.Join(tickWords(ticks), " "); got != want {
			t.Errorf("ticks from %g to %g are %q, want %q", low, high, got, want)
		}
	}
	check(0, 10, "0 5 10")
	check(0, 1, "0.0 0.5 1.0")
	check(3.09, 3.55, "3.1 3.2 3.3 3.4 3.5")
	check(-20, 20, "−20 −10 0 10 20")
	check(5, 5, "4.8 4.9 5.0 5.1 5.2")
	check(0, 2e9, "0 5e+08 1e+09 1.5e+09 2e+09")
}

var (
	pathNumber = regexp.MustCompile(`-?[0-9.]+`)
	coordinate = map[string]bool{"x": true, "y": true, "width": true, "height": true}
)

// checkSVG holds that a picture is well formed, has a text alternative, and
// that its absolute coordinates lie inside it.
func checkSVG(t fataler, svg template.HTML, width, height float64) map[string]int {
	classes := map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return classes
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			switch {
			case coordinate[a.Name.Local]:
				v, err := strconv.ParseFloat(a.Value, 64)
				if err != nil || v < 0 || v > math.Max(width, height) {
					t.Fatalf("%s=%q in %s", a.Name.Local, a.Value, element.Name.Local)
				}
			case a.Name.Local == "d":
				checkStart(t, a.Value, width, height)
			case a.Name.Local == "class":
				classes[a.Value]++
			case a.Name.Local == "aria-label" && a.Value == "":
				t.Fatalf("no text alternative")
			}
		}
	}
}

// fataler is what testing.T and rapid.T share.
type fataler interface{ Fatalf(string, ...any) }

func checkStart(t fataler, path string, width, height float64) {
	if strings.ContainsAny(path, "NIe") {
		t.Fatalf("path %q", path)
	}
	numbers := pathNumber.FindAllString(path, 2)
	x, _ := strconv.ParseFloat(numbers[0], 64)
	y, _ := strconv.ParseFloat(numbers[1], 64)
	if x < 0 || x > width || y < 0 || y > height {
		t.Fatalf("path %q starts outside", path)
	}
}

func TestIntervalsStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Interval {
			return Interval{
				Change: anyFloat().Draw(t, "change"), Low: anyFloat().Draw(t, "low"), High: anyFloat().Draw(t, "high"),
				MinEffect: anyFloat().Draw(t, "least"), Floor: anyFloat().Draw(t, "floor"), Class: "regression", Label: `<"&'>`,
			}
		})
		all := rapid.SliceOfN(draw, 1, 5).Draw(t, "intervals")
		axis := NewIntervalAxis(all)
		checkSVG(t, axis.Head(func(v float64) string { return fmt.Sprintf("%.0f", v) }), intervalWidth, axisHeight)
		for _, i := range all {
			checkSVG(t, axis.Row(i), intervalWidth, intervalHeight)
		}
	})
}

func TestIntervalMarks(t *testing.T) {
	calm := Interval{Change: 0.05, Low: 0.04, High: 0.06, MinEffect: 0.02, Class: "regression", Label: "calm"}
	wild := Interval{Change: 3, Low: 0.5, High: 9, MinEffect: 0.02, Class: "regression", Label: "wild"}
	axis := NewIntervalAxis([]Interval{calm, wild})
	check := func(svg template.HTML, class string, want int) {
		t.Helper()
		if got := checkSVG(t, svg, intervalWidth, intervalHeight)[class]; got != want {
			t.Errorf("%d of %q, want %d", got, class, want)
		}
	}
	check(axis.Row(calm), "arrow", 0)
	check(axis.Row(wild), "arrow", 1)
	check(axis.Row(calm), "band", 1)
	check(axis.Row(calm), "floor", 0)
	calm.Floor = 0.03
	check(axis.Row(calm), "floor", 1)
	check(axis.Row(calm), "zero", 0)
	check(axis.Ground(), "zero", 1)
	check(axis.Row(calm), "bar", 1)
	check(axis.Row(calm), "estimate", 1)
	check(axis.Empty("none"), "bar", 0)
	if low, high := axis.scale.Domain(); low > -0.02 || high != farthest {
		t.Errorf("axis from %g to %g", low, high)
	}
}

func TestSamplesStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Point {
			v := anyFloat().Draw(t, "value")
			return Point{
				Head: rapid.Bool().Draw(t, "head"), Kind: Kind(rapid.IntRange(0, 2).Draw(t, "kind")),
				Value: v, Low: v, High: anyFloat().Draw(t, "high"), Title: rapid.StringMatching(`[<>&"' a]*`).Draw(t, "title"),
			}
		})
		points := rapid.SliceOf(draw).Draw(t, "points")
		base, head := anyFloat().Draw(t, "base"), anyFloat().Draw(t, "head")
		checkSVG(t, Samples{Points: points, BaseMedian: base, HeadMedian: head, Unit: "<s>", Label: "l"}.SVG(), plotWidth, sampleHeight)
		d := Distribution{BaseMedian: base, HeadMedian: head, Unit: "s", Label: "l"}
		for _, p := range points {
			d.Base, d.Head = append(d.Base, p.Value), append(d.Head, p.High)
		}
		checkSVG(t, d.SVG(), plotWidth, distributionHeight)
	})
}

func TestSamplesMarkKinds(t *testing.T) {
	s := Samples{Label: "l", BaseMedian: 1, HeadMedian: 2, Points: []Point{
		{Kind: Warmup, Value: 3, Low: 3, High: 3},
		{Value: 1, Low: 1, High: 1},
		{Head: true, Value: 2, Low: 1.5, High: 2.5},
		{Kind: Faulty},
		{Head: true, Kind: Faulty},
	}}
	got := checkSVG(t, s.SVG(), plotWidth, sampleHeight)
	for class, want := range map[string]int{
		"point base warmup": 1, "point base": 1, "point head": 1, "point head range": 1, "point base fault": 1,
		"point head fault": 1, "warm": 1, "median base": 1, "median head": 1,
	} {
		if got[class] != want {
			t.Errorf("%d of %q, want %d", got[class], class, want)
		}
	}
}

func TestManyPointsKeepOutliers(t *testing.T) {
	s := Samples{Label: "l", BaseMedian: 1, HeadMedian: 1}
	for i := range 50_000 {
		s.Points = append(s.Points, Point{Head: i%2 == 1, Value: 1, Low: 1, High: 1})
	}
	calm := s.SVG()
	if n := strings.Count(string(calm), "<path"); n > 1000 {
		t.Errorf("%d paths for 50,000 points", n)
	}
	s.Points[31_234].Value, s.Points[31_234].High = 100, 100
	s.Points[10].Kind = Faulty
	svg := s.SVG()
	got := checkSVG(t, svg, plotWidth, sampleHeight)
	if got["point base dense fault"] != 1 || got["point head dense"] == 0 {
		t.Errorf("classes drawn: %v", got)
	}
	low, high := s.spanOf()
	y := NewScale(low, high, faultLane-8, sampleTop).Padded(0.06)
	if !strings.Contains(string(svg), " "+num(y.At(100)-0.5)+"L") {
		t.Error("the outlier is not drawn")
	}
	s.Points = s.Points[:MostPoints]
	if got := checkSVG(t, s.SVG(), plotWidth, sampleHeight); got["point head"] != MostPoints/2 {
		t.Errorf("%d of %d points drawn singly", got["point head"], MostPoints/2)
	}
}

// spanOf returns the smallest and largest value of s.
func (s Samples) spanOf() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		low, high = math.Min(low, p.Value), math.Max(high, p.Value)
	}
	return low, high
}

func TestDistributionTurnsToBars(t *testing.T) {
	d := Distribution{Base: []float64{1, 2, 3}, Head: []float64{1, 2, 3}, BaseMedian: 2, HeadMedian: 2, Label: "l"}
	if got := checkSVG(t, d.SVG(), plotWidth, distributionHeight); got["point base"] != 3 || got["point head"] != 3 || got["bin base"] != 0 {
		t.Errorf("few values: %v", got)
	}
	for range 100 {
		d.Base = append(d.Base, 2)
	}
	if got := checkSVG(t, d.SVG(), plotWidth, distributionHeight); got["bin base"] != 3 || got["bin head"] != 3 || got["point base"] != 0 {
		t.Errorf("many values: %v", got)
	}
}

// TestWarmupsOfBothBlocksAreShaded: and nothing between them.
func TestWarmupsOfBothBlocksAreShaded(t *testing.T) {
	var points []Point
	for i := range 20 {
		kind := Measured
		if i < 2 || i >= 10 && i < 12 {
			kind = Warmup
		}
		points = append(points, Point{Kind: kind, Value: 1, Low: 1, High: 1})
	}
	svg := string(Samples{Label: "x", Points: points}.SVG())
	if got := strings.Count(svg, `class="warm"`); got != 2 {
		t.Errorf("%d bands, want 2:\n%s", got, svg)
	}
	points = points[:2]
	if got := strings.Count(string(Samples{Label: "x", Points: points}.SVG()), `class="warm"`); got != 1 {
		t.Errorf("warm-ups only: %d bands, want 1", got)
	}
}

// TestLanesAndRoundsStayInside: whatever is in them.
func TestLanesAndRoundsStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(anyFloat()).Draw(t, "values")
		lane := Lane{Name: `<"&'>`, Values: values, Word: func(float64) string { return "<w>" }}
		marked := make([]bool, len(values))
		rounds := Rounds{Median: anyFloat().Draw(t, "median"), Label: "l"}
		for i, v := range values {
			marked[i] = i%3 == 0
			rounds.Rounds = append(rounds.Rounds, Paired{v, "<t>"})
		}
		n := rapid.IntRange(1, 4).Draw(t, "lanes")
		l := Lanes{Marked: marked, Label: "l"}
		for range n {
			l.Lanes = append(l.Lanes, lane)
		}
		checkSVG(t, l.SVG(), plotWidth, lanePitch*float64(n)+34)
		checkSVG(t, rounds.SVG(), plotWidth, sampleHeight)
	})
}

// TestLaneHasGaps: a line is broken where nothing was recorded, and one value alone is
// seen; a lane is as long as the samples that it stands under.
func TestLaneHasGaps(t *testing.T) {
	nan := math.NaN()
	lane := Lane{Values: []float64{1, 2, nan, 2, nan, 1}, Word: func(v float64) string { return num(v) }}
	path := lane.path(NewScale(1, 6, 0, 50), NewScale(1, 2, 24, 0))
	if want := "M0 24h0L10 0M30 0h0M50 24h0"; path != want {
		t.Errorf("path %q, want %q", path, want)
	}
	many := Lane{Values: make([]float64, 100_000), Word: lane.Word}
	many.Values[77_777] = 5
	svg := string(Lanes{Lanes: []Lane{many}, Label: "l"}.SVG())
	if len(svg) > 60_000 || !strings.Contains(svg, ">5</text>") || !strings.Contains(svg, " 17L") {
		t.Errorf("100,000 values take %d bytes, and the highest is not drawn", len(svg))
	}
}

// TestRoundsShowZero: so that a difference is never larger to the eye than it is.
func TestRoundsShowZero(t *testing.T) {
	p := Rounds{Rounds: []Paired{{100, "a"}, {101, "b"}}, Median: 100.5, Label: "l"}
	got := checkSVG(t, p.SVG(), plotWidth, sampleHeight)
	if got["zero"] != 1 || got["median head"] != 1 || got["point head"] != 2 || !strings.Contains(string(p.SVG()), ">0</text>") {
		t.Errorf("drawn: %v", got)
	}
}
