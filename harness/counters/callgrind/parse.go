package callgrind

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"
)

// instructions is how callgrind names them: instructions read.
const instructions = "Ir"

// ErrIncomplete is the error of a file that ends before its totals do.
var ErrIncomplete = errors.New("it ends too early, as if its process had been killed")

// Parse returns the instructions that one file tells of
// (https://valgrind.org/docs/manual/cl-format.html). A file has one part or more,
// each with a line of events, many lines of costs, and a line of totals; the totals
// are added up.
func Parse(file io.Reader) (uint64, error) {
	p := parser{column: -1}
	lines := bufio.NewReader(file)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) { // a line without an end may be half a number
			break
		}
		if err == nil {
			err = p.take(line)
		}
		if err != nil {
			return 0, err
		}
	}
	if p.open || p.parts == 0 {
		return 0, ErrIncomplete
	}
	return p.sum, nil
}

// parser is between two lines.
type parser struct {
	sum    uint64
	parts  int  // that are complete
	open   bool // a part has begun and has no totals yet
	column int  // of the instructions among the part's events
}

// take reads a line. All but three kinds say how the costs are distributed, which
// is of no interest here.
func (p *parser) take(line string) error {
	key, value, found := strings.Cut(line, ":")
	if !found {
		return nil
	}
	switch key {
	case "part":
		if p.open {
			return ErrIncomplete
		}
	case "events":
		return p.begin(strings.Fields(value))
	case "totals":
		return p.end(strings.Fields(value))
	}
	return nil
}

func (p *parser) begin(events []string) error {
	if p.open {
		return ErrIncomplete
	}
	p.open = true
	for p.column = range events {
		if events[p.column] == instructions {
			return nil
		}
	}
	return fmt.Errorf("its events are %q and %s is not among them", events, instructions)
}

// end adds a part's totals. Zeros at the end of a line may be left out.
func (p *parser) end(totals []string) error {
	if !p.open {
		return errors.New("it has totals of no events")
	}
	p.open = false
	p.parts++
	if p.column >= len(totals) {
		return nil
	}
	value, err := strconv.ParseUint(totals[p.column], 10, 64)
	if err != nil {
		return fmt.Errorf("its totals are %q, which is no number of instructions", totals[p.column])
	}
	sum, carry := bits.Add64(p.sum, value, 0)
	if carry > 0 {
		return errors.New("its totals are more than can be counted")
	}
	p.sum = sum
	return nil
}

// readLine returns the next line, or as much of it as matters: names of functions can
// be of any length, and none of them is read.
func readLine(from *bufio.Reader) (string, error) {
	line, err := from.ReadSlice('\n')
	text := string(bytes.TrimRight(line, "\r\n"))
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = from.ReadSlice('\n')
	}
	return text, err
}
