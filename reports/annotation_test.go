package reports

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func exampleAnnotation() Annotation {
	page := fixturePage()
	cloud := append([]verdict.Comparison{}, page.Comparisons...)
	for i := range cloud {
		if cloud[i].Verdict == verdict.Regression {
			cloud[i].Verdict = verdict.CannotTell
		}
	}
	page.Record.Run.Finished = page.Record.Run.Created.Add(12 * time.Minute)
	noisy := *page.Record
	noisy.Run.Finished = noisy.Run.Created.Add(8 * time.Minute)
	noisy.Run.Noise = nil
	for _, c := range cloud {
		noisy.Run.Noise = append(noisy.Run.Noise, results.Noise{Benchmark: c.Benchmark, Metric: c.Metric, Visible: 0.12})
	}
	return Annotation{
		Suite: page.Record.Run.Suite, Gate: "gate: a regression fails this step", Notes: []string{"The cloud agent was measured with pinning alone."},
		Hosts: []Hosted{
			{Class: "office", Record: page.Record, Comparisons: page.Comparisons},
			{Class: "cloud", Record: &noisy, Comparisons: cloud},
		},
		Links:   []Link{{"office report", "artifact://office.html"}, {"evil)", "javascript:alert(1)\n"}},
		Between: []results.Commit{{Rev: "0123456789abcdef", Subject: "Speed up <b>joins</b> | `x`", Author: "Ada"}}, BetweenTotal: 3,
		Prices: Prices{"cloud": 0.34},
		Repeat: "perfrun submit --base 'a b'", Accept: "perfrun accept latest join --reason WHY",
	}
}

func TestAnnotationGolden(t *testing.T) {
	a := exampleAnnotation()
	text := a.Markdown(1 << 20)
	checkGolden(t, "annotation.md", []byte(text))
	if a.Style() != "error" {
		t.Errorf("style %s", a.Style())
	}
	early := Annotation{Suite: "s", Stage: "queued, 2 before it, begins in about 20 min"}
	missing := Annotation{Suite: "s", Hosts: []Hosted{{Class: "office", Missing: "the box cannot be reached"}, a.Hosts[1]}}
	checkGolden(t, "annotation-stages.md", []byte(early.Markdown(1<<20)+"\n---\n"+missing.Markdown(1<<20)))
	if early.Style() != "info" || missing.Style() != "warning" {
		t.Errorf("styles %s, %s", early.Style(), missing.Style())
	}
}

// TestAnnotationOf10000Benchmarks holds the limit, and counts what is left out.
func TestAnnotationOf10000Benchmarks(t *testing.T) {
	a := Annotation{Suite: "s", Hosts: []Hosted{{Class: "office", Record: fixturePage().Record}}, Notes: []string{"the last word"}}
	for i := range 10_000 {
		a.Hosts[0].Comparisons = append(a.Hosts[0].Comparisons, verdict.Comparison{Benchmark: fmt.Sprintf("b%d|<b>", i), Verdict: verdict.CannotTell, Metric: results.Metric{Name: "wall"}})
	}
	const limit = 100_000
	text := a.Markdown(limit)
	rows := strings.Count(text, "&#60;b&#62;")
	if len(text) > limit || rows < 1000 || !strings.Contains(text, fmt.Sprintf("\n%d more rows do not fit here", 10_000-rows)) || !strings.Contains(text, "the last word") {
		t.Errorf("%d bytes, %d rows:\n...%s", len(text), rows, text[len(text)-300:])
	}
	for i := range a.Hosts[0].Comparisons {
		a.Hosts[0].Comparisons[i].Verdict = verdict.NoChange
	}
	if text := a.Markdown(limit); !strings.Contains(text, "9990 more without a change") || len(text) > 5000 {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
}

// TestAnnotationOfLongTexts: nobody can write so much that a build is not annotated.
func TestAnnotationOfLongTexts(t *testing.T) {
	for _, one := range []string{"`", "\x00", "\xff", "a", "\u0301", "\U000e0001", "\U0010ffff"} {
		a, long := exampleAnnotation(), strings.Repeat(one, 100_000)
		a.Between, a.BetweenTotal = nil, 20
		for range 20 {
			a.Between = append(a.Between, results.Commit{Rev: long, Subject: long, Author: long})
		}
		a.Hosts[1].Record, a.Hosts[1].Missing, a.Stage, a.Accept = nil, long, long, long
		a.Notes = append(a.Notes, long)
		text := a.Markdown(1 << 20)
		if len(text) > 1<<20 || !strings.Contains(text, "pinning alone") || !strings.Contains(text, "regression +11.6") || strings.Contains(text, "intended") {
			t.Errorf("%q: %d bytes:\n%.2000s", one, len(text), text)
		}
	}
}

// TestInert: whatever comes from elsewhere means nothing to Markdown and HTML.
func TestInert(t *testing.T) {
	harmless := regexp.MustCompile(`^(?:[\pL\pN ]|&#[0-9]+;)*$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if got := inert(s); !harmless.MatchString(got) {
			t.Errorf("%q is written as %q", s, got)
		}
		if got := address(s); strings.ContainsAny(got, " \n<>()[]\"'`|\\") {
			t.Errorf("the address %q is written as %q", s, got)
		}
	})
	a := Annotation{Suite: "<script>|**\n# x", Hosts: []Hosted{{Class: "[a](b)", Missing: "`rm`\n\n- x"}}}
	if text := a.Markdown(1 << 20); strings.Contains(text, "<script") || strings.Contains(text, "\n# ") || strings.Contains(text, "](b)") || strings.Contains(text, "`") {
		t.Errorf("%s", text)
	}
}
