package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// Timeline writes one series for a terminal: each segment as a line of bars with
// its steps marked, then the steps.
func Timeline(w io.Writer, t *verdict.Timeline, style TableStyle) error {
	var b strings.Builder
	unit := t.Series.Metric.Unit
	if len(t.Moments) == 0 {
		fmt.Fprintf(&b, "%s has no points.\n", words.Plain(t.Name))
		return flush(w, &b)
	}
	fmt.Fprintf(&b, "%s\n", painted(words.Plain(t.Name), bold, style.Color))
	writeWrapped(&b, "", fmt.Sprintf("%d %s of branch %s, better is %s. Bars go from %s to %s; ^ marks a regression, v a step for the better.", len(t.Moments), several(len(t.Moments), "commit"),
		words.Plain(t.Series.Branch), words.Better(t.Series.Metric), words.Value(least(t.Moments), unit), words.Value(most(t.Moments), unit)), style.Width)
	for i, s := range t.Segments {
		b.WriteByte('\n')
		writeSegment(&b, t, i, s, style)
	}
	b.WriteByte('\n')
	writeSteps(&b, t.Steps, false, style)
	if len(t.Steps) == 0 {
		b.WriteString("No step.\n")
	}
	return flush(w, &b)
}

func least(moments []verdict.Moment) float64 {
	return slices.MinFunc(moments, compareMoments).Value
}

func most(moments []verdict.Moment) float64 {
	return slices.MaxFunc(moments, compareMoments).Value
}

func compareMoments(a, b verdict.Moment) int {
	switch {
	case a.Value < b.Value:
		return -1
	case a.Value > b.Value:
		return 1
	}
	return 0
}

// mostBars is how wide a line of bars is where there is no terminal.
const mostBars = 72

func writeSegment(b *strings.Builder, t *verdict.Timeline, i int, s verdict.Segment, style TableStyle) {
	moments := t.Moments[s.From:s.To]
	first, last := moments[0].Commit, moments[len(moments)-1]
	writeWrapped(b, "", fmt.Sprintf("Segment %d of %d, environment %s: %s (%s) to %s (%s), now %s", i+1, len(t.Segments), words.Plain(s.Environment),
		shortCommit(first.Rev), day(first.When), shortCommit(last.Commit.Rev), day(last.Commit.When), words.Value(last.Value, t.Series.Metric.Unit)), style.Width)
	width := mostBars
	if style.Width > 0 {
		width = min(width, style.Width)
	}
	bars, marks := segmentBars(t, s, width)
	b.WriteString(bars + "\n")
	if strings.TrimSpace(marks) != "" {
		b.WriteString(strings.TrimRight(marks, " ") + "\n")
	}
}

func day(when time.Time) string {
	if when.IsZero() {
		return "no date"
	}
	return when.UTC().Format(time.DateOnly)
}

// segmentBars draws values as bars of eighths, where there are more than width the
// median of each part, and marks the steps with their kind: ^ a regression, v
// whatever is better.
func segmentBars(t *verdict.Timeline, s verdict.Segment, width int) (bars, marks string) {
	n := s.To - s.From
	width = min(width, n)
	low, high := least(t.Moments), most(t.Moments)
	var line strings.Builder
	mark := []rune(strings.Repeat(" ", width))
	for k := range width {
		from, to := s.From+k*n/width, s.From+(k+1)*n/width
		line.WriteRune(bar(middle(t.Moments[from:to]), low, high))
		for _, step := range t.Steps {
			if step.Index >= from && step.Index < to {
				mark[k] = 'v'
				if step.Kind == verdict.KindRegression {
					mark[k] = '^'
				}
			}
		}
	}
	return line.String(), string(mark)
}

func middle(moments []verdict.Moment) float64 {
	sorted := slices.SortedFunc(slices.Values(moments), compareMoments)
	return sorted[len(sorted)/2].Value
}

// bar is the one of eight heights for a value between two others.
func bar(v, low, high float64) rune {
	bars := []rune("▁▂▃▄▅▆▇█")
	if high <= low {
		return bars[0]
	}
	return bars[min(len(bars)-1, max(0, int((v-low)/(high-low)*float64(len(bars)))))]
}
