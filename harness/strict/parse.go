package strict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds far above any file that people write.
const (
	MaxSize = 1 << 20 // bytes of a file

	// The parser's time grows with the square of a mapping's keys.
	mostKeys = 20_000
	deepest  = 50
	// No file reaches it without aliases: each value takes two bytes or more.
	mostValues = MaxSize
)

// Node is a value in the file, at its place.
type Node = ast.Node

// Words are a format's part of the messages.
type Words struct {
	Name  string // what the file is, for "a suite needs a few levels only": "suite"
	Empty string // what to do about an empty file; "" where nothing is wrong with one
}

// Decoder turns nodes into values, and remembers what messages need. It belongs
// to one file and to one goroutine.
type Decoder struct {
	path    string
	words   Words
	lines   []string
	anchors map[string]Node
	within  map[Node]bool // what is being read, to notice an alias that stands for itself
	values  int           // read so far, those of aliases every time
}

// Parse parses a file into the one value that it must hold; nil for an empty file
// where that is allowed. path is for messages only. The error is a
// *results.Problem.
func Parse(path string, text []byte, words Words) (*Decoder, Node, error) {
	d := &Decoder{
		path: path, words: words, lines: strings.Split(string(text), "\n"),
		anchors: map[string]Node{}, within: map[Node]bool{},
	}
	root, err := d.root(text)
	if err != nil {
		return nil, nil, err
	}
	return d, root, nil
}

func (d *Decoder) root(text []byte) (Node, error) {
	if err := d.legible(text); err != nil {
		return nil, err
	}
	if err := d.bounded(); err != nil {
		return nil, err
	}
	file, err := d.parse(text)
	if err != nil {
		return nil, err
	}
	var bodies []Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 1:
		return bodies[0], nil
	case len(bodies) > 1:
		return nil, d.Fail(bodies[1], "a second document begins here", "keep one "+d.words.Name+" a file")
	case d.words.Empty != "":
		return nil, d.at(1, 1, "the file is empty", d.words.Empty)
	}
	return nil, nil
}

// legible refuses what is no text.
func (d *Decoder) legible(text []byte) error {
	switch {
	case len(text) > MaxSize:
		return d.at(1, 1, fmt.Sprintf("the file is larger than %d KiB", MaxSize>>10), "a "+d.words.Name+" is a short file")
	case !utf8.Valid(text):
		line, column := place(text, firstInvalid(text))
		return d.at(line, column, "this is not UTF-8", "save the file as UTF-8")
	case bytes.IndexByte(text, 0) >= 0:
		line, column := place(text, bytes.IndexByte(text, 0))
		return d.at(line, column, "this is a NUL byte", "remove it")
	}
	return nil
}

// bounded refuses numbers of keys and nesting that no such file has, before the
// parser goes into them.
func (d *Decoder) bounded() error {
	keys := 0
	for i, line := range d.lines {
		if keys += strings.Count(line, ":"); keys > mostKeys {
			return d.at(i+1, 1, fmt.Sprintf("the file has more than %d keys", mostKeys), "a "+d.words.Name+" needs a few hundred")
		}
	}
	depth := 0
	for i, line := range d.lines {
		if indent := len(line) - len(strings.TrimLeft(line, " ")); indent > 4*deepest && strings.TrimSpace(line) != "" {
			return d.tooDeep(i+1, indent)
		}
		for column, c := range line {
			switch c {
			case '[', '{':
				if depth++; depth > deepest {
					return d.tooDeep(i+1, column+1)
				}
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if strings.Count(line, "- ") > deepest {
			return d.tooDeep(i+1, 1)
		}
	}
	return nil
}

func (d *Decoder) tooDeep(line, column int) error {
	return d.at(line, column, "this is nested too deeply", "a "+d.words.Name+" needs a few levels only")
}

// parse calls the parser, whose panics on odd input become errors as well.
func (d *Decoder) parse(text []byte) (file *ast.File, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			err = d.at(1, 1, fmt.Sprintf("this is no YAML: %v", trouble), "correct the file")
		}
	}()
	file, err = parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file, nil
	}
	if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok && syntax.GetToken() != nil {
		at := syntax.GetToken().Position
		return nil, d.at(at.Line, at.Column, syntax.GetMessage(), "correct the YAML here")
	}
	return nil, d.at(1, 1, "this is no YAML: "+firstLine(err.Error()), "correct the file")
}

func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// place turns a byte offset into line and column, from 1.
func place(text []byte, offset int) (line, column int) {
	before := text[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
