package jsontext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"mtrlz.dev/perfrun/results"
)

// Kind is what a value is.
type Kind byte

// The kinds of value. Number holds NaN and infinities, too.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// kindNames are the kinds in words.
var kindNames = [...]string{"null", "true or false", "a number", "text", "a list", "an object"}

// String returns the kind in words: "a list".
func (k Kind) String() string { return kindNames[k] }

// document is a text that was checked.
type document struct {
	name string
	scanner
}

// Value is one value of a document. The zero Value stands for none.
type Value struct {
	doc        *document
	start, end int
}

// Parse checks a whole text and returns its one value. name is what problems are
// reported under. An error is a [*results.Problem] with line and column.
func Parse(name string, text []byte) (top Value, err error) {
	doc := &document{name, scanner{text}}
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case mistake:
			err = doc.problem(cause.at, cause.what, "")
		default:
			panic(cause)
		}
	}()
	start := doc.blank(0)
	if start == len(text) {
		return Value{}, doc.problem(start, "it is empty", "")
	}
	end := doc.value(start, 0)
	if rest := doc.blank(end); rest < len(text) {
		return Value{}, doc.problem(rest, "there is more after the end of the JSON", "let it hold one JSON value and nothing else")
	}
	return Value{doc, start, end}, nil
}

// Problem says what is wrong with a value, and where it stands.
func (v Value) Problem(what, next string) *results.Problem { return v.doc.problem(v.start, what, next) }

// Where returns the value's place as "name:line:column".
func (v Value) Where() string { return v.doc.where(v.start) }

// Place returns an offset in a text as "name:line:column", for what other readers
// of JSON complain of.
func Place(name string, text []byte, offset int) string {
	d := document{name, scanner{text}}
	return d.where(max(offset, 0))
}

func (d *document) problem(at int, what, next string) *results.Problem {
	return &results.Problem{Kind: results.CannotRun, Where: d.where(at), What: what, Next: next}
}

// where counts lines and, in a line, characters, both from 1.
func (d *document) where(at int) string {
	before := d.text[:min(at, len(d.text))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return fmt.Sprintf("%s:%d:%d", d.name, bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(line)+1)
}

// Kind returns what the value is. The zero Value is null.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Null
	}
	switch raw := v.raw(); raw[0] {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		if raw[1] == 'u' {
			return Null
		}
	}
	return Number
}

func (v Value) raw() []byte { return v.doc.text[v.start:v.end] }

// Is reports whether the value is this of true and false. The zero Value, which
// stands for a member that is not there, is neither.
func (v Value) Is(truth bool) bool {
	return v.doc != nil && string(v.raw()) == strconv.FormatBool(truth)
}

// Raw returns the value as it is written.
func (v Value) Raw() string { return strings.ToValidUTF8(string(v.raw()), "\uFFFD") }

// Number returns a number, which may be NaN or infinite; false for anything else.
func (v Value) Number() (float64, bool) {
	if v.Kind() != Number {
		return 0, false
	}
	value, err := strconv.ParseFloat(string(v.raw()), 64)
	if err != nil && value == 0 { // "-NaN"; a number that is too large comes back infinite
		return math.NaN(), true
	}
	return value, true
}

// Text returns a string, as valid UTF-8; false for anything else.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return v.doc.unquote(v.start, v.end), true
}

// unquote decodes a string that was checked. Control characters that should have
// been escaped are taken as they are.
func (d *document) unquote(start, end int) string {
	quoted := strings.ToValidUTF8(string(d.text[start:end]), "\uFFFD")
	inner := quoted[1 : len(quoted)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var escaped strings.Builder
	for _, r := range quoted {
		if r < ' ' {
			fmt.Fprintf(&escaped, `\u%04x`, r)
			continue
		}
		escaped.WriteRune(r)
	}
	var text string
	if err := json.Unmarshal([]byte(escaped.String()), &text); err != nil {
		return inner // cannot be: the scanner accepts no escape that json does not
	}
	return text
}

// Elements walks over a list; over nothing if the value is none.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		d := v.doc
		for at := d.blank(v.start + 1); d.text[at] != ']'; {
			end := d.value(at, 0)
			if !yield(Value{d, at, end}) {
				return
			}
			at = d.next(end)
		}
	}
}

// Members walks over an object's keys and values; over nothing if the value is
// none.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		d := v.doc
		for at := d.blank(v.start + 1); d.text[at] != '}'; {
			keyEnd := d.quoted(at)
			start := d.colon(keyEnd)
			end := d.value(start, 0)
			if !yield(d.unquote(at, keyEnd), Value{d, start, end}) {
				return
			}
			at = d.next(end)
		}
	}
}

// next returns where the next element begins, or the container ends.
func (d *document) next(end int) int {
	at := d.blank(end)
	if d.text[at] == ',' {
		return d.blank(at + 1)
	}
	return at
}

// Map returns an object's members by key; of two with one key the first.
func (v Value) Map() map[string]Value {
	members := map[string]Value{}
	for key, member := range v.Members() {
		if _, twice := members[key]; !twice {
			members[key] = member
		}
	}
	return members
}
