package formats

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"

	"mtrlz.dev/perfrun/results"
)

// maxGoLine is the longest line that is given to benchfmt, which gives up on the
// whole input at a line of 64 KiB.
const maxGoLine = 32 << 10

// goLine is one result line.
type goLine struct {
	number int    // 1-based, in the standard output
	pkg    string // the package that was being tested; may be empty
	name   string // without "Benchmark"
	values []benchfmt.Value
}

// readGo reads the output of "go test -bench". The format is described in
// https://go.dev/design/14313-benchmark-format.
func readGo(out Output) ([]results.Sample, error) {
	text, err := goText(out)
	if err != nil {
		return nil, err
	}
	lines, units, err := scanGo(text)
	if err != nil {
		return nil, err
	}
	cases := goCases(lines, severalPackages(text))
	var samples []results.Sample
	for i, line := range lines {
		for _, v := range line.values {
			// benchfmt leaves the unit of a zero as it was ("0 ns/op").
			value, unit := benchunit.Tidy(v.Value, v.Unit)
			if !finite(value) {
				return nil, onLine(line.number, fmt.Sprintf("benchmark %s reports the value %v %s, which is not finite", quote(line.name), value, quote(unit)), "correct what the benchmark gives to ReportMetric")
			}
			samples = append(samples, results.Sample{
				Metric: results.Metric{Case: cases[i], Name: unit, Unit: unit, Better: goBetter(units, unit)},
				Value:  value,
			})
		}
	}
	return samples, nil
}

// goText returns the output as benchfmt can read it, line for line, or why it
// must not be read at all.
func goText(out Output) ([]byte, error) {
	if err := complete(out); err != nil {
		return nil, err
	}
	text := make([]byte, 0, len(out.Stdout))
	number := 0
	for line := range bytes.Lines(out.Stdout) {
		number++
		if failed(line) {
			return nil, onLine(number, "the output reports a failure: "+quote(string(bytes.TrimSpace(line))), "see what the benchmark printed, and correct it")
		}
		if len(line) > maxGoLine {
			if bytes.HasPrefix(line, []byte("Benchmark")) {
				return nil, onLine(number, fmt.Sprintf("the result line is %d bytes long: %s", len(line), quote(string(line))), "give the benchmark a shorter name or print less beside it")
			}
			line = []byte("\n") // no result, and longer than benchfmt bears
		}
		text = append(text, line...)
	}
	return text, nil
}

// failed reports whether a line of "go test" says that a benchmark failed or
// that the process broke down. A benchmark's name is printed before it runs, so
// the message may follow on that line.
func failed(line []byte) bool {
	if bytes.HasPrefix(line, []byte("Benchmark")) {
		if _, message, found := bytes.Cut(line, []byte("\t")); found {
			line = message
		}
	}
	for _, start := range []string{"FAIL\t", "--- FAIL", "panic:", "fatal error: "} {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return string(bytes.TrimRight(line, "\r\n")) == "FAIL"
}

// scanGo collects the result lines and what the output says about units. A line
// that begins like a result and is none was a result before something printed
// into it: an error, because a lost result must not pass unseen. benchfmt takes
// a name alone on its line ("go test -v") for no error.
func scanGo(text []byte) ([]goLine, benchfmt.UnitMetadataMap, error) {
	scanner := benchfmt.NewReader(bytes.NewReader(text), "stdout")
	bad := cursor{rest: text}
	var lines []goLine
	for scanner.Scan() {
		switch record := scanner.Result().(type) {
		case *benchfmt.Result:
			_, number := record.Pos()
			kept := record.Clone() // the reader reuses it
			lines = append(lines, goLine{number, kept.GetConfig("pkg"), kept.Name.String(), kept.Values})
		case *benchfmt.SyntaxError:
			_, number := record.Pos()
			if line := bad.at(number); strings.HasPrefix(line, "Benchmark") {
				return nil, nil, onLine(number, fmt.Sprintf("the result line cannot be read (%s): %s", record.Msg, quote(line)), "let the benchmark print nothing while it is timed")
			}
		}
	}
	switch err := scanner.Err(); {
	case err != nil:
		return nil, nil, problem("stdout", fmt.Sprintf("it cannot be read: %v", err), "")
	case len(lines) == 0:
		return nil, nil, noResult("stdout", "there is no line of a Go benchmark result", "check that -bench matches a benchmark")
	}
	return lines, scanner.Units(), nil
}

// cursor finds lines by number, going forward only, so that many bad lines cost
// one pass together.
type cursor struct {
	rest   []byte
	number int // of line, 1-based
	line   []byte
}

// at returns a line without its end; number must not be less than before.
// benchfmt reports bad lines in order, and several times for one line.
func (c *cursor) at(number int) string {
	for c.number < number {
		c.line, c.rest, _ = bytes.Cut(c.rest, []byte("\n"))
		c.number++
	}
	return string(bytes.TrimRight(c.line, "\r"))
}

// severalPackages reports whether the output has "pkg:" lines of more than one
// package, with results or without: the names of a package's results must not
// hang on whether another package had any this time.
func severalPackages(text []byte) bool {
	var first []byte
	for line := range bytes.Lines(text) {
		pkg, is := bytes.CutPrefix(line, []byte("pkg:"))
		if pkg = bytes.TrimSpace(pkg); !is || len(pkg) == 0 {
			continue
		}
		if first != nil && !bytes.Equal(first, pkg) {
			return true
		}
		first = pkg
	}
	return false
}

// goCases names each line's case: the benchmark's name without the "-8" of
// GOMAXPROCS, qualified by its package if the output holds several. Where two
// printed names would become one ("sha-1" and "sha-256" under GOMAXPROCS=1, or
// several values of -cpu), both stay as printed: mixing their samples would be
// worse than a number too many.
func goCases(lines []goLine, qualify bool) []string {
	cases := make([]string, len(lines))
	printed := map[string]string{}
	mixed := map[string]bool{}
	for i, line := range lines {
		qualified := line.name
		if qualify && line.pkg != "" {
			qualified = line.pkg + "." + line.name
		}
		cases[i] = qualified
		short := withoutProcs(qualified)
		if other, seen := printed[short]; seen && other != qualified {
			mixed[short] = true
		}
		printed[short] = qualified
	}
	for i, name := range cases {
		if short := withoutProcs(name); !mixed[short] {
			cases[i] = short
		}
	}
	return cases
}

// withoutProcs cuts the "-8" that Go appends to a benchmark's name. A name's own
// number at the end looks the same under GOMAXPROCS=1, where Go appends nothing,
// and is cut as well. A name that is nothing else is left alone.
func withoutProcs(name string) string {
	short := strings.TrimRight(name, "0123456789")
	if len(short) == len(name) || !strings.HasSuffix(short, "-") || short == "-" {
		return name
	}
	return strings.TrimSuffix(short, "-")
}

// goBetter reads the direction from a "Unit x better=higher" line, if the output
// has one for this unit, else from the unit.
func goBetter(units benchfmt.UnitMetadataMap, unit string) results.Direction {
	switch units.GetBetter(unit) {
	case 1:
		return results.Higher
	case -1:
		return results.Lower
	}
	return unit.Better(unit)
}
