package formats

import (
	"fmt"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// excerptBytes bounds how much of a benchmark's output an error repeats.
const excerptBytes = 80

// quote shows a piece of a benchmark's output in an error: shortened, on one
// line, without anything that a terminal would obey.
func quote(text string) string {
	if len(text) <= excerptBytes {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:excerptBytes], "")) + "..."
}

func problem(where, what, next string) *results.Problem {
	return &results.Problem{Kind: results.CannotRun, Where: where, What: what, Next: next}
}

// noResult is a problem whose cause is ErrNoResult.
func noResult(where, what, next string) *results.Problem {
	p := problem(where, what, next)
	p.Err = ErrNoResult
	return p
}

// onLine is a problem with one line (1-based) of a text.
func onLine(source string, number int, what, next string) *results.Problem {
	return problem(fmt.Sprintf("%s:%d", source, number), what, next)
}

// complete refuses output that was cut off.
func complete(out Output) error {
	if !out.Truncated {
		return nil
	}
	return problem(out.source(), fmt.Sprintf("only the first %d bytes were kept, so results may be missing", len(out.Stdout)),
		"print less: send what is not a result to a file or to /dev/null")
}
