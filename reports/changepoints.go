package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/words"

	"mtrlz.dev/perfrun/results/verdict"
)

// ChangePoints writes the steps of histories for a terminal, in the order given, and
// a sentence that sums them up.
func ChangePoints(w io.Writer, histories int, points []verdict.ChangePoint, style TableStyle) error {
	var b strings.Builder
	if len(points) > 0 {
		for _, commits := range []bool{true, false} {
			g := changeGrid(points, commits && slices.ContainsFunc(points, func(c verdict.ChangePoint) bool { return c.Bad != "" }))
			width := style.Width
			if !commits {
				width = 0
			}
			if widths, fits := g.widths(width); fits {
				g.write(&b, widths, style.Color)
				break
			}
		}
		b.WriteByte('\n')
	}
	count := map[string]int{}
	for _, c := range points {
		count[c.Kind]++
	}
	writeWrapped(&b, "", fmt.Sprintf("%d %s in %d %s: %d %s, %d %s, %d %s.",
		len(points), several(len(points), "step"), histories, eitherOf(histories, "history", "histories"),
		count[verdict.KindRegression], several(count[verdict.KindRegression], "regression"),
		count[verdict.KindRecovery], eitherOf(count[verdict.KindRecovery], "recovery", "recoveries"),
		count[verdict.KindImprovement], several(count[verdict.KindImprovement], "improvement")), style.Width)
	return flush(w, &b)
}

func eitherOf(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func changeGrid(points []verdict.ChangePoint, commits bool) grid {
	g := grid{columns: []column{{head: "series", least: 12}, {head: "point", right: true}, {head: "change", right: true}, {head: "95 % interval", right: true}}}
	if commits {
		g.columns = append(g.columns, column{head: "after", least: 8}, column{head: "up to", least: 8})
	}
	g.columns = append(g.columns, column{head: "kind"})
	for _, c := range points {
		row := []cell{{text: words.Plain(c.Series)}, {text: fmt.Sprint(c.Index)}, {text: "-"}, {text: "-"}}
		if c.Low < c.High || c.Change != 0 {
			row[2].text, row[3].text = words.Change(c.Change), words.Interval(c.Low, c.High)
		}
		if commits {
			row = append(row, cell{text: shortCommit(c.Good)}, cell{text: shortCommit(c.Bad)})
		}
		g.rows = append(g.rows, append(row, cell{c.Kind, kindColor(c.Kind)}))
	}
	return g
}

// shortCommit abbreviates a full object name, and nothing else.
func shortCommit(rev string) string {
	if len(rev) == 40 && strings.Trim(rev, "0123456789abcdef") == "" {
		return rev[:12]
	}
	return words.Plain(rev)
}

func kindColor(kind string) string {
	switch kind {
	case verdict.KindRegression:
		return red
	case verdict.KindImprovement, verdict.KindRecovery:
		return green
	}
	return ""
}
