package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/unit"
)

// The values format, line by line:
//
//	# a comment; blank lines are skipped as well
//	latency 12.5 ms
//	"p99 latency" 80 ms
//	score 17
//
// A name holds no blank unless it is double-quoted as in Go or JSON. A unit is one
// word or absent. The same name again is one more sample of that metric.
const valuesNext = "print one result a line as: name value unit (the unit may be absent; put a name with blanks in double quotes; begin a comment with #)"

// readValues reads "name value unit" lines.
func readValues(out Output) ([]results.Sample, error) {
	if err := complete(out); err != nil {
		return nil, err
	}
	return ReadValuesFile(out.source(), out.Stdout)
}

// ReadValuesFile reads a whole text of "name value unit" lines. name is what
// problems are reported under.
func ReadValuesFile(name string, text []byte) ([]results.Sample, error) {
	var samples []results.Sample
	for number, line := range valueLines(text) {
		sample, err := parseValue(line)
		if err != nil {
			return nil, onLine(name, number, fmt.Sprintf("%v in %s", err, quote(line)), valuesNext)
		}
		if err := admit(&sample); err != nil {
			return nil, err
		}
		samples = append(samples, sample)
	}
	if len(samples) == 0 {
		return nil, noResult(name, fmt.Sprintf("there is no result in %d lines of output", bytes.Count(text, []byte("\n"))), valuesNext)
	}
	return samples, nil
}

// valueLines walks over the lines that are neither blank nor a comment, and their
// numbers from 1.
func valueLines(text []byte) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		number := 0
		for raw := range bytes.Lines(text) {
			number++
			line := strings.TrimSpace(string(raw))
			if line != "" && !strings.HasPrefix(line, "#") && !yield(number, line) {
				return
			}
		}
	}
}

// BeginsWithValue reports whether the first line of a text that is neither blank
// nor a comment is one of the values format.
func BeginsWithValue(text []byte) bool {
	for _, line := range valueLines(text) {
		_, err := parseValue(line)
		return err == nil
	}
	return false
}

// parseValue parses one line that is neither blank nor a comment.
func parseValue(line string) (results.Sample, error) {
	name, rest, err := cutName(line)
	if err != nil {
		return results.Sample{}, err
	}
	fields := strings.Fields(rest)
	switch {
	case name == "":
		return results.Sample{}, errors.New("the name is empty")
	case len(fields) == 0:
		return results.Sample{}, errors.New("there is no value")
	case len(fields) > 2:
		return results.Sample{}, fmt.Errorf("there are %d words after the name", len(fields))
	}
	value, err := parseNumber(fields[0])
	if err != nil {
		return results.Sample{}, err
	}
	of := strings.Join(fields[1:], "")
	return results.Sample{Metric: results.Metric{Name: name, Unit: of, Better: unit.Better(of)}, Value: value}, nil
}

// cutName splits a line into its name, unquoted, and what follows.
func cutName(line string) (name, rest string, err error) {
	if !strings.HasPrefix(line, `"`) {
		end := strings.IndexFunc(line, unicode.IsSpace)
		if end < 0 {
			return line, "", nil
		}
		return line[:end], line[end:], nil
	}
	end := quoteEnd(line)
	if end < 0 {
		return "", "", errors.New("the quoted name does not end")
	}
	rest = line[end:]
	if rest != "" && strings.TrimLeftFunc(rest, unicode.IsSpace) == rest {
		return "", "", errors.New("there is no blank after the quoted name")
	}
	name, err = unquote(line[:end])
	return name, rest, err
}

// quoteEnd returns where the double-quoted text that a line begins with ends;
// negative if it does not.
func quoteEnd(line string) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++ // whatever is escaped is not the end
		case '"':
			return i + 1
		}
	}
	return -1
}

// unquote reads a string as Go or as JSON writes it: only Go has \x, only JSON
// has \/ and surrogate pairs.
func unquote(quoted string) (string, error) {
	if text, err := strconv.Unquote(quoted); err == nil {
		return text, nil
	}
	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return "", errors.New("the quoted name has a wrong escape")
	}
	return text, nil
}

// parseNumber parses a decimal or hexadecimal number that a float64 can hold.
func parseNumber(text string) (float64, error) {
	value, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("the value %s is too large", quote(text))
	case err != nil:
		return 0, fmt.Errorf("the value %s is not a number", quote(text))
	case !finite(value):
		return 0, fmt.Errorf("the value %s is not finite", quote(text))
	}
	return value, nil
}
