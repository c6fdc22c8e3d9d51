package jsontext

import (
	"bytes"
	"strconv"
)

// maxDepth bounds nesting; the deepest tool, JMH with its histograms, has 8.
const maxDepth = 64

// mistake is where text stops being JSON, and how. It is a panic's value inside
// Parse only: the scanner is used again on text that was checked.
type mistake struct {
	at   int
	what string
}

// scanner finds the ends of values.
type scanner struct{ text []byte }

func (s scanner) fail(at int, what string) int {
	if at >= len(s.text) {
		what = "it ends in the middle of the JSON"
	}
	panic(mistake{at, what})
}

// blank returns the next offset that holds no white space.
func (s scanner) blank(at int) int {
	for at < len(s.text) {
		switch s.text[at] {
		case ' ', '\t', '\n', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// value returns the end of the value that begins at the offset.
func (s scanner) value(at, depth int) int {
	if at >= len(s.text) {
		return s.fail(at, "")
	}
	switch c := s.text[at]; {
	case c == '{' || c == '[':
		return s.container(at, depth)
	case c == '"':
		return s.quoted(at)
	}
	if end := s.word(at); end > at {
		return end
	}
	return s.number(at)
}

// container returns the end of an object or a list.
func (s scanner) container(at, depth int) int {
	if depth == maxDepth {
		return s.fail(at, "it is nested more than "+strconv.Itoa(maxDepth)+" deep")
	}
	isObject, closing := s.text[at] == '{', byte(']')
	if isObject {
		closing = '}'
	}
	at = s.blank(at + 1)
	if s.is(at, closing) {
		return at + 1
	}
	for {
		if isObject {
			at = s.colon(s.key(at))
		}
		at = s.blank(s.value(at, depth+1))
		switch {
		case s.is(at, closing):
			return at + 1
		case !s.is(at, ','):
			return s.fail(at, "there is neither a comma nor the end of the "+map[bool]string{true: "object", false: "list"}[isObject])
		}
		at = s.blank(at + 1)
	}
}

// key returns the end of the key that begins at the offset.
func (s scanner) key(at int) int {
	if !s.is(at, '"') {
		return s.fail(at, "there is no key in double quotes")
	}
	return s.quoted(at)
}

// colon returns where the value after a key begins.
func (s scanner) colon(at int) int {
	if at = s.blank(at); !s.is(at, ':') {
		return s.fail(at, "there is no colon after the key")
	}
	return s.blank(at + 1)
}

func (s scanner) is(at int, c byte) bool { return at < len(s.text) && s.text[at] == c }

// quoted returns the end of a string.
func (s scanner) quoted(at int) int {
	for at++; at < len(s.text); at++ {
		switch s.text[at] {
		case '"':
			return at + 1
		case '\\':
			at = s.escape(at)
		}
	}
	return s.fail(at, "")
}

// escape returns the last byte of what a backslash begins.
func (s scanner) escape(at int) int {
	if at+1 >= len(s.text) {
		return s.fail(at+1, "")
	}
	switch s.text[at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return at + 1
	case 'u':
		for i := at + 2; i < at+6; i++ {
			if i >= len(s.text) || !isHex(s.text[i]) {
				return s.fail(i, "there are not four hexadecimal digits after \\u")
			}
		}
		return at + 5
	}
	return s.fail(at, "there is no such escape in a string")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// numbers that are none, as C++, Python and printf write them.
var unreal = []string{"NaN", "-NaN", "Infinity", "-Infinity", "nan", "-nan", "inf", "-inf"}

var words = append([]string{"true", "false", "null"}, unreal...)

// word returns the end of a bare word; at where there is none.
func (s scanner) word(at int) int {
	for _, word := range words {
		if end := at + len(word); bytes.HasPrefix(s.text[at:], []byte(word)) && (end == len(s.text) || !isLetter(s.text[end])) {
			return end
		}
	}
	return at
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// number returns the end of a number as JSON writes it: -? digits, a fraction,
// an exponent; no zero before other digits.
func (s scanner) number(start int) int {
	at := start
	if s.is(at, '-') {
		at++
	}
	first := at
	if at = s.digits(at, start); at > first+1 && s.text[first] == '0' {
		return s.fail(first, "a number begins with 0")
	}
	if s.is(at, '.') {
		at = s.digits(at+1, start)
	}
	if s.is(at, 'e') || s.is(at, 'E') {
		if at++; s.is(at, '+') || s.is(at, '-') {
			at++
		}
		at = s.digits(at, start)
	}
	return at
}

// digits returns the end of at least one digit.
func (s scanner) digits(at, start int) int {
	first := at
	for at < len(s.text) && '0' <= s.text[at] && s.text[at] <= '9' {
		at++
	}
	if at == first {
		return s.fail(max(start, at), "there is no JSON value")
	}
	return at
}
