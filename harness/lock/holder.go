package lock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Holder describes who holds the machine.
type Holder struct {
	User    string    `json:"user,omitempty"`
	PID     int       `json:"pid,omitempty"`
	What    string    `json:"what,omitempty"` // for people: "run 3f9a1c0b2d4e"
	Since   time.Time `json:"since,omitzero"`
	Shared  bool      `json:"shared,omitempty"`  // together with others
	Claimed bool      `json:"claimed,omitempty"` // by its own account; the kernel does not confirm it
}

// String says it in words.
func (h Holder) String() string {
	switch {
	case h.User == "" && h.PID == 0:
		return "somebody who did not say who"
	case h.User == "":
		return fmt.Sprintf("process %d, which did not say who it is", h.PID)
	}
	claimed, shared := "", ""
	if h.Claimed {
		claimed = "somebody who says to be "
	}
	if h.Shared {
		shared = ", shared"
	}
	return fmt.Sprintf("%s%s of %s (process %d, since %s%s)", claimed, cmp.Or(h.What, "something"), h.User, h.PID,
		h.Since.Local().Format("2006-01-02 15:04:05"), shared)
}

// Age says for how long the machine has been held at a time, as ", for 3m0s";
// nothing if the holder did not say since when.
func (h Holder) Age(now time.Time) string {
	if h.Since.IsZero() {
		return ""
	}
	return ", for " + max(now.Sub(h.Since), 0).Round(time.Second).String()
}

// mostNames is how many holders a sentence names.
const mostNames = 8

// Names says it of several.
func Names(list []Holder) string {
	var names []string
	for _, h := range list[:min(len(list), mostNames)] {
		names = append(names, h.String())
	}
	if more := len(list) - mostNames; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", and ")
}

// Bounds of what is written to the file and read from it. A line of the longest
// user and purpose is shorter than mostLine however JSON escapes them.
const (
	mostUser   = 64  // characters
	mostWhat   = 200 // characters
	mostLine   = 2000
	mostFile   = 256 << 10
	mostClaims = 16 // holders that the kernel does not confirm
)

// clean makes a holder safe to show and to compare, whoever wrote it.
func (h Holder) clean() Holder {
	h.User, h.What = printable(h.User, mostUser), printable(h.What, mostWhat)
	h.PID, h.Since, h.Claimed = max(h.PID, 0), h.Since.Round(0).UTC(), false
	return h
}

func printable(s string, most int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s))
	if len(runes) > most {
		runes = append(runes[:most-1], '…')
	}
	return string(runes)
}

// line is a holder's entry in the file. It begins with a line break because
// somebody else may have left half a line there.
func (h Holder) line() string {
	text, err := json.Marshal(h.clean())
	if err != nil {
		return "\n" // a time out of range; the lock itself holds all the same
	}
	return "\n" + string(text) + "\n"
}

// entries reads the file's last lines: who holds the machine now wrote last.
func entries(file *os.File) (list []Holder) {
	stat, err := file.Stat()
	if err != nil {
		return nil
	}
	from := max(stat.Size()-mostFile, 0)
	text, _ := io.ReadAll(io.NewSectionReader(file, from, mostFile)) // what can be read is enough
	return parse(text)
}

func parse(text []byte) (list []Holder) {
	for line := range bytes.Lines(text) {
		var h Holder
		if len(line) > mostLine || json.Unmarshal(line, &h) != nil {
			continue
		}
		if h = h.clean(); h.PID > 0 && h.User != "" {
			list = append(list, h)
		}
	}
	return list
}

// claims lists what the file says of a lock that is held by somebody whom the
// kernel does not name here.
func claims(file *os.File) (list []Holder) {
	seen := map[int]bool{}
	for _, h := range slices.Backward(entries(file)) { // the last line of a process is its present one
		if !seen[h.PID] && len(list) < mostClaims {
			h.Claimed = true
			list = append(list, h)
		}
		seen[h.PID] = true
	}
	if len(list) == 0 {
		return []Holder{{}}
	}
	slices.Reverse(list)
	return list
}
