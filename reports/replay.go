package reports

import (
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/reports/words"

	"mtrlz.dev/perfrun/results/verdict"
)

// Replay writes how verdicts came about: for each comparison its steps, numbered.
func Replay(w io.Writer, list []verdict.Explained, style TableStyle) error {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		name := strings.TrimSpace(words.Plain(x.Benchmark) + " " + words.Plain(x.Metric.String()))
		writeWrapped(&b, "", fmt.Sprintf("%s: %s", name, x.Verdict), style.Width)
		if len(x.Steps) == 0 {
			writeWrapped(&b, "    ", words.Plain(x.Reason)+".", style.Width)
		}
		for n, step := range x.Steps {
			writeWrapped(&b, fmt.Sprintf("%4d  ", n+1), fmt.Sprintf("%s: %s.", step.Name, words.Plain(step.Words)), style.Width)
		}
	}
	return flush(w, &b)
}
