package site

import (
	"regexp"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

var (
	tags      = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<[^>]*>`)
	asciiSign = regexp.MustCompile(`(?:^|[\s(\[])-[0-9].{0,20}`)
)

// TestMinusSigns: every page writes negative numbers with the true sign, as run pages do.
func TestMinusSigns(t *testing.T) {
	s := officeSite()
	all, err := s.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, address := range all {
		if !strings.HasSuffix(address, ".html") {
			continue
		}
		text := tags.ReplaceAllString(document(t, s, address, nil), " ")
		if found := asciiSign.FindString(text); found != "" {
			t.Errorf("%s writes %q", address, found)
		}
		seen += strings.Count(text, "−")
	}
	if seen < 10 {
		t.Errorf("only %d negative numbers were seen", seen)
	}
}

// TestLongAndBackwardNames: a name is isolated from what stands beside it, and does not
// push it away. Its own page has it whole, once.
func TestLongAndBackwardNames(t *testing.T) {
	f, long := office(), strings.Repeat("שלום", 2500)
	renamed := map[results.Series][]results.Point{}
	for series, points := range f.points {
		if series.Benchmark == "join" {
			series.Benchmark = long
			for i := range points {
				points[i].Series = series
			}
		}
		renamed[series] = points
	}
	f.points = renamed
	for i := range f.steps {
		if f.steps[i].Series.Benchmark == "join" {
			f.steps[i].Series.Benchmark = long
		}
	}
	s := New(f, Options{})
	all, err := s.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, address := range all {
		page := document(t, s, address, nil)
		if !strings.HasSuffix(address, ".html") || !strings.Contains(page, "שלום") {
			continue
		}
		if n := strings.Count(page, long); n > 1 || n == 1 && !strings.HasPrefix(address, "history/") {
			t.Errorf("%s has the whole name %d times", address, n)
		} else {
			own += n
		}
		if !strings.Contains(page, `<bdi title="שלום`) {
			t.Errorf("%s does not isolate the name", address)
		}
	}
	if own != 1 {
		t.Errorf("%d pages have the whole name", own)
	}
}

// TestUndisturbed: nothing that was not disturbed was taken again.
func TestUndisturbed(t *testing.T) {
	for n, want := range map[int]string{
		0: "in its newest 7 runs, none was disturbed.",
		1: "1 (0.25 %) was disturbed. It does not count, and was taken again.",
		2: "2 (0.50 %) were disturbed. They do not count, and were taken again.",
	} {
		f := office()
		f.disturbed = results.Disturbances{Watched: 400, Disturbed: n}
		if page := document(t, New(f, Options{}), machineAddress("office"), nil); !strings.Contains(page, want+"</p>") {
			t.Errorf("of %d the page does not say %q", n, want)
		}
	}
}
