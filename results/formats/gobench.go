package formats

import (
	"bytes"
	"fmt"

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
	cases := goCases(lines)
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
	for _, start := range []string{"FAIL\t", "--- FAIL: ", "panic: ", "fatal error: "} {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return string(bytes.TrimRight(line, "\r\n")) == "FAIL"
}

// scanGo collects the result lines and what the output says about units.
func scanGo(text []byte) ([]goLine, benchfmt.UnitMetadataMap, error) {
	scanner := benchfmt.NewReader(bytes.NewReader(text), "stdout")
	var lines []goLine
	var bad *benchfmt.SyntaxError
	for scanner.Scan() {
		switch record := scanner.Result().(type) {
		case *benchfmt.Result:
			_, number := record.Pos()
			kept := record.Clone() // the reader reuses it
			lines = append(lines, goLine{number, kept.GetConfig("pkg"), kept.Name.String(), kept.Values})
		case *benchfmt.SyntaxError:
			if bad == nil {
				bad = record
			}
		}
	}
	switch err := scanner.Err(); {
	case err != nil:
		return nil, nil, problem("stdout", fmt.Sprintf("it cannot be read: %v", err), "")
	case len(lines) == 0 && bad != nil:
		_, number := bad.Pos()
		return nil, nil, onLine(number, fmt.Sprintf("no result line can be read, this one because: %s", bad.Msg), "let the benchmark print nothing while it is timed")
	case len(lines) == 0:
		return nil, nil, noResult("stdout", "there is no line of a Go benchmark result", "check that -bench matches a benchmark")
	}
	return lines, scanner.Units(), nil
}

// goCases names each line's case: the benchmark's name, qualified by its package
// where several packages have a benchmark of that name.
func goCases(lines []goLine) []string {
	owner := map[string]string{}
	shared := map[string]bool{}
	for _, line := range lines {
		if pkg, seen := owner[line.name]; seen && pkg != line.pkg {
			shared[line.name] = true
		}
		owner[line.name] = line.pkg
	}
	cases := make([]string, len(lines))
	for i, line := range lines {
		cases[i] = line.name
		if shared[line.name] && line.pkg != "" {
			cases[i] = line.pkg + "." + line.name
		}
	}
	return cases
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
	return BetterFor(unit)
}
