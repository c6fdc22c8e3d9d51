package words

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain returns s as one harmless line: whatever could move a cursor, change
// colours, reverse the direction of text or break a line is spelt out as an
// escape such as \n, \x1b or \u202e, so that different names stay different.
func Plain(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(spelt(r))
		}
		s = s[size:]
	}
	return b.String()
}

// harmless reports whether s is of ASCII's printable characters alone, as most names are.
func harmless(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Sentence returns s as Plain does, with its full stop, so that another one can
// follow.
func Sentence(s string) string {
	s = strings.TrimSpace(Plain(s))
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

func spelt(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// TerminalSequence matches what programs write to colour or move: CSI, OSC and
// the short escapes of ECMA-48.
var TerminalSequence = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?|[ -/]*[0-Z\\\\^-~])")

// Block returns text of many lines made harmless: terminal sequences are
// dropped, lines and tabs kept, everything else treated as by Plain.
func Block(s string) string {
	s = TerminalSequence.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j := range cells {
			cells[j] = Plain(cells[j])
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// Tail returns at most the last most bytes of s, from the start of a line where
// one lies near, and whether something was cut.
func Tail(s string, most int) (string, bool) {
	if len(s) <= most {
		return s, false
	}
	s = s[len(s)-most:]
	if at := strings.IndexByte(s, '\n'); at >= 0 && at < most/2 {
		s = s[at+1:]
	}
	return s, true
}

// wide holds the characters that take two cells of a terminal (East Asian Wide
// and Fullwidth of UAX #11, and emoji), in blocks rather than singly.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x231a, 0x231b, 1},
		{0x23e9, 0x23ec, 1},
		{0x2614, 0x2615, 1},
		{0x26a1, 0x26a1, 1},
		{0x2705, 0x2705, 1},
		{0x274c, 0x274c, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0xa4cf, 1},
		{0xa960, 0xa97c, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe30, 0xfe6f, 1},
		{0xff00, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18cff, 1},
		{0x1b000, 0x1b2ff, 1},
		{0x1f300, 0x1f64f, 1},
		{0x1f680, 0x1f6ff, 1},
		{0x1f900, 0x1f9ff, 1},
		{0x1fa70, 0x1faff, 1},
		{0x20000, 0x3fffd, 1},
	},
}

func runeCells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me), r >= 0x1160 && r <= 0x11ff:
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// Cells returns how many cells of a terminal s takes; s has passed Plain.
func Cells(s string) int {
	if harmless(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

// Shortened returns s in at most width cells, the middle left out where it is
// too long: names often differ only at their end.
func Shortened(s string, width int) string {
	if len(s) <= width || Cells(s) <= width { // no character takes more cells than bytes
		return s
	}
	if width <= 1 {
		return strings.Repeat("…", max(width, 0))
	}
	front, back := (width-1+1)/2, (width-1)/2
	return FirstCells(s, front) + "…" + LastCells(s, back)
}

func FirstCells(s string, width int) string {
	for i, r := range s {
		if width -= runeCells(r); width < 0 {
			return s[:i]
		}
	}
	return s
}

func LastCells(s string, width int) string {
	at := len(s)
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		if width -= runeCells(r); width < 0 {
			break
		}
		at -= size
	}
	return s[at:]
}

// glued stands for the space before a percent sign, where no line may break.
const glued = "\x00%"

// Wrapped breaks s at spaces into lines of at most width cells; a longer word
// is broken where it must be. Width 0 means no limit.
func Wrapped(s string, width int) []string {
	if width <= 0 {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(strings.ReplaceAll(s, " %", glued)) {
		word = strings.ReplaceAll(word, glued, " %")
		if line != "" && Cells(line)+1+Cells(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Cells(word) > width {
			part := FirstCells(word, max(width, 2))
			lines, word = append(lines, part), word[len(part):]
		}
		line = word
	}
	return append(lines, line)
}

// Count words a number of things: "1 run", "2 runs".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
