package witness

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
)

// readFile reads a file of procfs or sysfs whole, into buf's memory where that
// is large enough. Such files have no size to ask for.
func readFile(path string, buf []byte) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return buf[:0], err
	}
	defer file.Close()
	buf = buf[:0]
	for {
		if cap(buf)-len(buf) < bufferStep/2 {
			buf = append(make([]byte, 0, 2*cap(buf)+bufferStep), buf...)
		}
		n, err := file.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// bufferStep is how much room for text there is at least: a page at a time is
// what these files yield.
const bufferStep = 8192

// cutLine returns the first line of text and what follows it.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return line, rest
}

// cutField returns the first word of line and what follows it; an empty word
// when there is none.
func cutField(line []byte) (field, rest []byte) {
	start := 0
	for start < len(line) && isSpace(line[start]) {
		start++
	}
	end := start
	for end < len(line) && !isSpace(line[end]) {
		end++
	}
	return line[start:end], line[end:]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// number reads decimal digits and nothing else.
func number(field []byte) (uint64, bool) {
	if len(field) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range field {
		digit := uint64(c - '0')
		if digit > 9 || n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = 10*n + digit
	}
	return n, true
}

// cpuNumber reads "cpu12" or "CPU12".
func cpuNumber(field []byte) (uint64, bool) {
	if len(field) < 4 || !bytes.EqualFold(field[:3], []byte("cpu")) {
		return 0, false
	}
	return number(field[3:])
}
