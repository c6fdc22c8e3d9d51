package formats

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/unit"
)

// maxGoLine is the longest line that is given to benchfmt, which gives up on the
// whole input at a line of 64 KiB.
const maxGoLine = 32 << 10

// goReader reads the output of "go test -bench". The format is described in
// https://go.dev/design/14313-benchmark-format.
type goReader struct {
	source string // for errors: "stdout", or the file's name
	// failed is told what the output says has gone wrong, and of what. If it returns
	// an error, that is the end.
	failed func(name string, problem *results.Problem) error
}

// goLine is one result line.
type goLine struct {
	number int    // 1-based
	pkg    string // the package that was being tested; may be empty
	name   string // without "Benchmark"
	side   string // what perfrun's own export says
	values []benchfmt.Value
}

// readGo reads what one execution printed: the first failure is the end.
func readGo(out Output) ([]results.Sample, error) {
	if err := complete(out); err != nil {
		return nil, err
	}
	r := goReader{out.source(), func(_ string, problem *results.Problem) error { return problem }}
	lines, units, err := r.scan(out.Stdout)
	if err != nil {
		return nil, err
	}
	cases := goCases(lines, severalPackages(out.Stdout))
	var samples []results.Sample
	for i, line := range lines {
		of, err := r.samples(line, cases[i], units)
		if err != nil {
			return nil, err
		}
		samples = append(samples, of...)
	}
	return samples, nil
}

// samples turns a line into samples of a case.
func (r goReader) samples(line goLine, name string, units benchfmt.UnitMetadataMap) (samples []results.Sample, err error) {
	for _, v := range line.values {
		// benchfmt leaves the unit of a zero as it was ("0 ns/op").
		value, of := benchunit.Tidy(v.Value, v.Unit)
		if !finite(value) {
			problem := onLine(r.source, line.number, fmt.Sprintf("benchmark %s reports the value %v %s, which is not finite", quote(line.name), value, quote(of)), "correct what the benchmark gives to ReportMetric")
			if err := r.failed(name, problem); err != nil {
				return nil, err
			}
			continue
		}
		samples = append(samples, results.Sample{
			Metric: results.Metric{Case: name, Name: of, Unit: of, Better: goBetter(units, of)},
			Value:  value,
		})
	}
	return samples, nil
}

// text returns the output as benchfmt can read it, line for line.
func (r goReader) text(output []byte) ([]byte, error) {
	text := make([]byte, 0, len(output))
	number := 0
	for line := range bytes.Lines(output) {
		number++
		if what, is := failure(line); is {
			problem := onLine(r.source, number, "the output reports a failure: "+quote(string(bytes.TrimSpace(line))), "see what the benchmark printed, and correct it")
			if err := r.failed(what, problem); err != nil {
				return nil, err
			}
			line = []byte("\n")
		}
		if len(line) > maxGoLine {
			if bytes.HasPrefix(line, []byte("Benchmark")) {
				problem := onLine(r.source, number, fmt.Sprintf("the result line is %d bytes long: %s", len(line), quote(string(line))), "give the benchmark a shorter name or print less beside it")
				if err := r.failed("", problem); err != nil {
					return nil, err
				}
			}
			line = []byte("\n") // no result, and longer than benchfmt bears
		}
		text = append(text, line...)
	}
	return text, nil
}

// failure reports whether a line of "go test" says that a benchmark failed or
// that the process broke down, and of what if it says so. A benchmark's name is
// printed before it runs, so the message may follow on that line.
func failure(line []byte) (what string, is bool) {
	name := ""
	if bytes.HasPrefix(line, []byte("Benchmark")) {
		if printed, message, found := bytes.Cut(line, []byte("\t")); found {
			name, line = string(bytes.TrimSpace(printed)), message
		}
	}
	for _, start := range []string{"FAIL\t", "--- FAIL", "panic:", "fatal error: "} {
		rest, found := bytes.CutPrefix(line, []byte(start))
		if !found {
			continue
		}
		if fields := strings.Fields(strings.TrimPrefix(string(rest), ":")); name == "" && strings.Contains(start, "FAIL") && len(fields) > 0 {
			name = fields[0]
		}
		return strings.TrimPrefix(name, "Benchmark"), true
	}
	return "", string(bytes.TrimRight(line, "\r\n")) == "FAIL"
}

// scan collects the result lines and what the output says about units. A line
// that begins like a result and is none was a result before something printed
// into it: a failure, because a lost result must not pass unseen. benchfmt takes
// a name alone on its line ("go test -v") for no error.
func (r goReader) scan(output []byte) ([]goLine, benchfmt.UnitMetadataMap, error) {
	text, err := r.text(output)
	if err != nil {
		return nil, nil, err
	}
	scanner := benchfmt.NewReader(bytes.NewReader(text), r.source)
	bad := cursor{rest: text}
	var lines []goLine
	for scanner.Scan() {
		switch record := scanner.Result().(type) {
		case *benchfmt.Result:
			_, number := record.Pos()
			kept := record.Clone() // the reader reuses it
			lines = append(lines, goLine{number, kept.GetConfig("pkg"), kept.Name.String(), kept.GetConfig("side"), kept.Values})
		case *benchfmt.SyntaxError:
			_, number := record.Pos()
			line := bad.at(number)
			name, is := strings.CutPrefix(line, "Benchmark")
			if !is {
				continue
			}
			problem := onLine(r.source, number, fmt.Sprintf("the result line cannot be read (%s): %s", record.Msg, quote(line)), "let the benchmark print nothing while it is timed")
			if err := r.failed(firstWord(name), problem); err != nil {
				return nil, nil, err
			}
		}
	}
	switch err := scanner.Err(); {
	case err != nil:
		return nil, nil, problem(r.source, fmt.Sprintf("it cannot be read: %v", err), "")
	case len(lines) == 0:
		return nil, nil, noResult(r.source, "there is no line of a Go benchmark result", "check that -bench matches a benchmark")
	}
	return lines, scanner.Units(), nil
}

func firstWord(text string) string {
	for word := range strings.FieldsSeq(text) {
		return word
	}
	return ""
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

// goBetter reads the direction from a "Unit x better=higher" line, if the output
// has one for this unit, else from the unit.
func goBetter(units benchfmt.UnitMetadataMap, name string) results.Direction {
	switch units.GetBetter(name) {
	case 1:
		return results.Higher
	case -1:
		return results.Lower
	}
	return unit.Better(name)
}
