package chart

import (
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

func checkGolden(t *testing.T, name string, svg template.HTML) {
	t.Helper()
	path, got := filepath.Join("testdata", name), strings.ReplaceAll(string(svg), "><", ">\n<")+"\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s differs (%v), got:\n%s", name, err, got)
	}
}

var pathStep = regexp.MustCompile(`([MLlmhvVaz])([^MLlmhvVaz]*)`)

// walk calls see for every point that a path goes through.
func walk(t fataler, path string, see func(x, y float64)) {
	x, y := 0.0, 0.0
	for _, step := range pathStep.FindAllStringSubmatch(path, -1) {
		var n []float64
		for _, word := range strings.Fields(step[2]) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatalf("%q in path %q", word, path)
			}
			n = append(n, v)
		}
		switch step[1] {
		case "M", "L":
			x, y = n[0], n[1]
		case "m", "l":
			x, y = x+n[0], y+n[1]
		case "a":
			x, y = x+n[5], y+n[6]
		case "h":
			x += n[0]
		case "v":
			y += n[0]
		case "V":
			y = n[0]
		}
		see(x, y)
	}
}

// checkInside holds that every coordinate of a picture lies inside its viewBox,
// that it is well formed, and that it says what it shows.
func checkInside(t fataler, svg template.HTML) map[string]int {
	var width, height float64
	if _, err := fmt.Sscanf(string(svg)[strings.Index(string(svg), "viewBox"):], `viewBox="0 0 %f %f"`, &width, &height); err != nil {
		t.Fatalf("%v", err)
	}
	classes := checkSVG(t, svg, width, height)
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
		element, _ := token.(xml.StartElement)
		box := map[string]float64{}
		for _, attr := range element.Attr {
			switch name := attr.Name.Local; name {
			case "d":
				walk(t, attr.Value, func(x, y float64) {
					if x < 0 || x > width || y < 0 || y > height {
						t.Fatalf("%g, %g of path %q lies outside", x, y, attr.Value)
					}
				})
			case "x", "y", "width", "height", "data-x":
				box[name], _ = strconv.ParseFloat(attr.Value, 64)
			}
		}
		if box["x"]+box["width"] > width || box["y"]+box["height"] > height || box["data-x"] > width {
			t.Fatalf("%s at %v lies outside", element.Name.Local, box)
		}
	}
	return classes
}

// twoHosts is a history with everything in it: two lines, a step, an accepted
// one, a better one, a release, a change of environment with and without a gap,
// a commit without a value.
func twoHosts() History {
	h := History{Commits: 24, Unit: "ms", Label: "join, 24 commits: it got 10 % slower at commit 8"}
	office, cloud := Line{Name: "office", Class: "office"}, Line{Name: "cloud", Class: "cloud"}
	for i := range 24 {
		v := 10 + 0.1*math.Sin(float64(i))
		if i >= 8 {
			v++
		}
		if i < 14 || i > 16 {
			office.Points = append(office.Points, Spot{X: i, Value: v, Low: v - 0.2, High: v + 0.2, Title: fmt.Sprintf("c%d <10 ms>", i), Href: fmt.Sprintf("run.html?c=%d&l=1", i)})
		}
		if i%3 == 0 {
			cloud.Points = append(cloud.Points, Spot{X: i, Value: v + 3, Low: v + 2, High: v + 4})
		}
	}
	office.Segments, cloud.Segments = []int{4, 14}, nil
	cloud.Points[2].Value = math.NaN()
	h.Lines = []Line{office, cloud}
	h.Marks = []Mark{
		{X0: 7, X1: 8, Kind: Worse, Title: "+10 %", Href: "compare.html#7", Before: 10, After: 11},
		{X0: 12, X1: 13, Kind: Accepted, Title: "accepted", Before: 11, After: 11.1},
		{X0: 18, X1: 20, Kind: Better, Title: "better", Href: "javascript:alert(1)", Before: 11, After: math.Inf(1)},
		{X1: 16, Kind: Release, Title: "v1"},
	}
	return h
}

func TestHistoryGolden(t *testing.T) {
	h := twoHosts()
	checkGolden(t, "history.svg", h.SVG())
	checkGolden(t, "history-small.svg", h.Small())
	checkInside(t, h.Small())
	got := checkInside(t, h.SVG())
	for class, want := range map[string]int{
		"line office": 3, "line cloud": 2, "interval office": 2, "border office": 2, "missing cloud": 1,
		"change worse": 1, "symbol worse": 1, "symbol better": 1, "symbol accepted": 1, "symbol release": 1,
		"level worse": 2, "level better": 1, "spot": 21, "points office": 2,
	} {
		if got[class] != want {
			t.Errorf("%d of %q, want %d", got[class], class, want)
		}
	}
	if svg := string(h.SVG()); strings.Contains(svg, "javascript") || !strings.Contains(svg, `role="group"`) {
		t.Errorf("a link that is none, or links inside an image: %s", svg)
	}
	if !strings.Contains(string(History{}.SVG()), `role="img"`) {
		t.Error("a picture without links is no image")
	}
}

func TestLinks(t *testing.T) {
	check := func(href, want string) {
		t.Helper()
		if got := link(href); got != want {
			t.Errorf("%q leads to %q, want %q", href, got, want)
		}
	}
	for _, same := range []string{"run.html", "#a:b", "?x=a:b", "/a:b", "HTTPS://example.org/a", "http://[::1]/"} {
		check(same, same)
	}
	for _, none := range []string{"javascript:alert(1)", " java\nscript:x", "data:text/html,x", "\x01javascript:x", "vbscript:x"} {
		check(none, "")
	}
}

// anyHistory draws histories of every kind, unusable numbers often.
func anyHistory(t *rapid.T) History {
	spot := rapid.Custom(func(t *rapid.T) Spot {
		v := anyFloat().Draw(t, "value")
		return Spot{
			X: rapid.IntRange(-3, 40).Draw(t, "x"), Value: v, Low: anyFloat().Draw(t, "low"), High: anyFloat().Draw(t, "high"),
			Title: rapid.StringMatching(`[<>&"' a]*`).Draw(t, "title"), Href: rapid.SampledFrom([]string{"", "a\"b", "x:y"}).Draw(t, "href"),
		}
	})
	mark := rapid.Custom(func(t *rapid.T) Mark {
		return Mark{
			X0: rapid.IntRange(-3, 99).Draw(t, "x0"), X1: rapid.Int().Draw(t, "x1"), Kind: MarkKind(rapid.IntRange(-1, 5).Draw(t, "kind")),
			Before: anyFloat().Draw(t, "before"), After: anyFloat().Draw(t, "after"), Title: `<"&'>`,
		}
	})
	line := rapid.Custom(func(t *rapid.T) Line {
		return Line{
			Name: rapid.StringOfN(rapid.RuneFrom([]rune("a<é消\u202e")), 0, 60, -1).Draw(t, "name"), Class: "office",
			Points: rapid.SliceOf(spot).Draw(t, "points"), Segments: rapid.SliceOf(rapid.IntRange(-2, 9)).Draw(t, "segments"),
		}
	})
	return History{
		Lines: rapid.SliceOfN(line, 0, 6).Draw(t, "lines"), Marks: rapid.SliceOf(mark).Draw(t, "marks"),
		Words:   rapid.SliceOf(rapid.StringMatching(`[<>&"' a]*`)).Draw(t, "words"),
		Commits: rapid.IntRange(-1, 1000).Draw(t, "commits"), Unit: "<s>", Label: `<"&'>`,
	}
}

func TestHistoriesStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		checkInside(t, h.SVG())
		checkInside(t, h.Small())
		if _, err := json.Marshal(h.Readout()); err != nil {
			t.Fatalf("%v", err)
		}
	})
}

// TestWordsOfCommits: they end the titles of all spots of their commit, and stand once in
// what a script reads.
func TestWordsOfCommits(t *testing.T) {
	h := History{Words: []string{"<first>", "", "third"}, Label: "l", Lines: []Line{
		{Name: "office", Class: "office", Points: []Spot{{X: 0, Value: 1, Title: "1 s"}, {X: 1, Value: 2, Title: "2 s"}, {X: 2, Value: 3}, {X: 3, Value: 4, Title: "4 s"}}},
		{Name: "cloud", Class: "cloud", Points: []Spot{{X: 0, Value: 5, Title: "5 s"}}},
	}}
	svg := string(h.SVG())
	for _, title := range []string{"1 s, &lt;first&gt;", "2 s", "third", "4 s", "5 s, &lt;first&gt;"} {
		if strings.Count(svg, "<title>"+title+"</title>") != 1 {
			t.Errorf("%q is no title in %s", title, svg)
		}
	}
	got := h.Readout()
	if !slices.Equal(got.Commits, []int{0, 2}) || !slices.Equal(got.Words, []string{"<first>", "third"}) || got.Lines[1].Titles[0] != "5 s" {
		t.Errorf("a script reads %+v", got)
	}
}

// TestPieces: each shape begins where the one before ends, and no spot is lost.
func TestPieces(t *testing.T) {
	for _, spots := range []int{0, 1, pieceLength, pieceLength + 1, 2*pieceLength - 1, 2 * pieceLength, 5000} {
		for _, shared := range []int{0, 1} {
			run := make([]int, spots)
			for i := range run {
				run[i] = i
			}
			again := []int{}
			for n, piece := range pieces(run, shared) {
				if len(piece) > pieceLength || n > 0 && len(piece) <= shared {
					t.Errorf("a piece of %d of %d spots", len(piece), spots)
				}
				if n > 0 {
					if shared == 1 && piece[0] != again[len(again)-1] {
						t.Errorf("a piece begins with %d after %d", piece[0], again[len(again)-1])
					}
					piece = piece[shared:]
				}
				again = append(again, piece...)
			}
			if !slices.Equal(again, run) {
				t.Errorf("%d spots with %d shared become %d", spots, shared, len(again))
			}
		}
	}
}

// TestBandGoesOn: where shapes are cut, a spot without an interval leaves no gap.
func TestBandGoesOn(t *testing.T) {
	l := Line{Name: "office", Class: "office"}
	for i := range 2 * pieceLength {
		l.Points = append(l.Points, Spot{X: i, Value: 1, Low: 0.5, High: 1.5})
	}
	l.Points[pieceLength-1].Low = math.NaN()
	h := History{Lines: []Line{l}, Label: "l"}
	meet := num(h.axes(historyLeft, historyRight, historyTop, historyBottom).at(pieceLength))
	if svg := string(h.SVG()); strings.Count(svg, `class="interval office"`) != 2 || strings.Count(svg, `class="interval office" d="M`+meet+" ") != 1 || strings.Count(svg, "L"+meet+" ") < 3 {
		t.Errorf("the second shape does not begin at %s, where the first ends", meet)
	}
}

func TestOddHistories(t *testing.T) {
	check := func(values ...float64) {
		t.Helper()
		l := Line{Name: "office", Class: "office"}
		for i, v := range values {
			l.Points = append(l.Points, Spot{X: i, Value: v, Low: v, High: v})
		}
		h := History{Lines: []Line{l}, Commits: len(values), Label: "l"}
		checkInside(t, h.Small())
		if svg := h.SVG(); checkInside(t, svg)["points office"] == 0 {
			t.Errorf("%v: no legend in %s", values, svg)
		}
	}
	check()
	check(1)
	check(0, 0)
	check(1e300, -1e300, 1)
	check(math.NaN())
	check(math.Inf(1), math.Inf(-1), 3)
}

// TestManyCommitsKeepOutliers: of 100,000 commits one is an outlier and one
// failed, and a picture of moderate size shows both.
func TestManyCommitsKeepOutliers(t *testing.T) {
	l := Line{Name: "office", Class: "office", Segments: []int{50_000}}
	for i := range 100_000 {
		l.Points = append(l.Points, Spot{X: 2 * i, Value: 1 + 0.1*math.Sin(float64(i))})
	}
	l.Points[31_234].Value, l.Points[77_777].Value = 100, math.NaN()
	h := History{Lines: []Line{l}, Commits: 200_000, Label: "l"}
	svg := h.SVG()
	got := checkInside(t, svg)
	if len(svg) > 200_000 || got["missing office"] != 1 || got["line office"] != 13 || got["spot"] != 0 || got["series dense office"] != 1 {
		t.Errorf("%d bytes, classes %v", len(svg), got)
	}
	a := h.axes(historyLeft, historyRight, historyTop, historyBottom)
	if y := num(a.y.At(100)); strings.Count(string(svg), " "+y+"h0") != 1 || !slices.Contains(h.Readout().Lines[0].Commits, 2*31_234) {
		t.Errorf("the outlier at height %s is not shown", y)
	}
}

func TestDownsampleKeepsExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []Spot
		x := rapid.IntRange(-5, 5).Draw(t, "first")
		for i := range rapid.IntRange(0, 300).Draw(t, "n") {
			x += rapid.IntRange(0, 4).Draw(t, "step")
			points = append(points, Spot{X: x, Value: anyFloat().Draw(t, "v"), Title: strconv.Itoa(i)})
		}
		columns := rapid.IntRange(-1, 40).Draw(t, "columns")
		kept := Downsample(points, columns)
		if len(kept) > 5*max(columns, 1) || len(kept) > len(points) {
			t.Fatalf("%d of %d spots kept in %d columns", len(kept), len(points), columns)
		}
		number := func(p Spot) int { n, _ := strconv.Atoi(p.Title); return n }
		if !slices.IsSortedFunc(kept, func(p, q Spot) int { return number(p) - number(q) }) {
			t.Fatalf("order is lost: %v", kept)
		}
		holds := func(i int) bool { return slices.ContainsFunc(kept, func(p Spot) bool { return number(p) == i }) }
		if len(points) > 0 && (!holds(0) || !holds(len(points)-1)) {
			t.Fatalf("the first or the last is lost")
		}
		for column := range max(columns, 1) {
			checkColumn(t, points, kept, column, max(columns, 1))
		}
	})
}

// checkColumn holds that the extremes of one column are among what was kept,
// and so is a failure.
func checkColumn(t *rapid.T, points, kept []Spot, column, columns int) {
	extremes := func(among []Spot) (low, high float64, missing, some bool) {
		var values []float64
		for i, p := range points {
			if columnOf(points, i, columns) == column && slices.ContainsFunc(among, func(q Spot) bool { return q.Title == p.Title }) {
				values, missing = append(values, p.Value), missing || !finite(p.Value)
			}
		}
		low, high, some = extent(values)
		return low, high, missing, some
	}
	low, high, missing, some := extremes(points)
	gotLow, gotHigh, gotMissing, gotSome := extremes(kept)
	if low != gotLow || high != gotHigh || missing != gotMissing || some != gotSome {
		t.Fatalf("column %d: kept %g to %g, missing %t; was %g to %g, %t", column, gotLow, gotHigh, gotMissing, low, high, missing)
	}
}
