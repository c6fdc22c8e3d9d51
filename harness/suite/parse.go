package suite

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"mtrlz.dev/perfrun/results"
)

// maxSize is far above any suite that people write.
const maxSize = 1 << 20

// Parse reads a suite. path is for messages only. An error is a
// *results.Problem with line and column.
func Parse(path string, text []byte) (*Suite, error) {
	d := &decoder{path: path, lines: strings.Split(string(text), "\n")}
	root, err := d.root(text)
	if err != nil {
		return nil, err
	}
	return d.suite(root)
}

// root parses the text into the one mapping that it must be.
func (d *decoder) root(text []byte) (ast.Node, error) {
	switch {
	case len(text) > maxSize:
		return nil, d.at(1, 1, fmt.Sprintf("the file is larger than %d KiB", maxSize>>10), "a suite is a short file")
	case !utf8.Valid(text):
		line, column := place(text, firstInvalid(text))
		return nil, d.at(line, column, "this is not UTF-8", "save the file as UTF-8")
	case bytes.IndexByte(text, 0) >= 0:
		line, column := place(text, bytes.IndexByte(text, 0))
		return nil, d.at(line, column, "this is a NUL byte", "remove it")
	}
	if err := d.bounded(); err != nil {
		return nil, err
	}
	file, err := d.parse(text)
	if err != nil {
		return nil, err
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, d.at(1, 1, "the file is empty", "begin with suite: NAME; perfrun init writes an example")
	case 1:
		return bodies[0], nil
	}
	return nil, d.fail(bodies[1], "a second document begins here", "keep one suite a file")
}

// parse calls the parser, whose panics on odd input become errors as well.
func (d *decoder) parse(text []byte) (file *ast.File, err error) {
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

// mostKeys bounds the keys of a file: the parser's time grows with the square of
// a mapping's.
const mostKeys = 20_000

// bounded refuses nesting and numbers of keys that no suite has, before the
// parser goes into them.
func (d *decoder) bounded() error {
	keys := 0
	for i, line := range d.lines {
		if keys += strings.Count(line, ":"); keys > mostKeys {
			return d.at(i+1, 1, fmt.Sprintf("the file has more than %d keys", mostKeys), "a suite needs a few hundred")
		}
	}
	const deepest = 50
	depth := 0
	for i, line := range d.lines {
		if indent := len(line) - len(strings.TrimLeft(line, " ")); indent > 4*deepest && strings.TrimSpace(line) != "" {
			return d.at(i+1, indent, "this is nested too deeply", "a suite needs a few levels only")
		}
		for column, c := range line {
			switch c {
			case '[', '{':
				if depth++; depth > deepest {
					return d.at(i+1, column+1, "this is nested too deeply", "a suite needs a few levels only")
				}
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if strings.Count(line, "- ") > deepest {
			return d.at(i+1, 1, "this is nested too deeply", "a suite needs a few levels only")
		}
	}
	return nil
}

// decoder turns nodes into values and remembers what messages need.
type decoder struct {
	path    string
	lines   []string
	anchors map[string]ast.Node
	within  map[ast.Node]bool // aliases being followed, to notice a cycle
}

// fail is an error at a node.
func (d *decoder) fail(node ast.Node, what, next string) error {
	switch n := node.(type) { // a block mapping's own token is its first colon
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			node = n.Values[0].Key
		}
	case *ast.MappingValueNode:
		node = n.Key
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		return d.at(token.Position.Line, token.Position.Column, what, next)
	}
	return d.at(1, 1, what, next)
}

// at is an error at a line and a column, both from 1, with the line and a caret
// under the column.
func (d *decoder) at(line, column int, what, next string) error {
	problem := &results.Problem{
		Kind: results.BadInput, Where: fmt.Sprintf("%s:%d:%d", d.path, line, column), What: what, Next: next,
	}
	if line >= 1 && line <= len(d.lines) {
		problem.Excerpt = excerpt(d.lines[line-1], column)
	}
	return problem
}

// excerpt shows a line with a caret. Tabs stay tabs in the caret's line so that
// both move alike; a long line is cut around the column.
func excerpt(line string, column int) string {
	runes := []rune(strings.ToValidUTF8(strings.TrimRight(line, "\r"), "?"))
	column = max(0, min(column-1, len(runes)))
	const before, most = 60, 100
	start := max(0, column-before)
	shown := runes[start:min(len(runes), start+most)]
	var caret strings.Builder
	for _, r := range runes[start:column] {
		if r == '\t' {
			caret.WriteRune('\t')
		} else {
			caret.WriteRune(' ')
		}
	}
	return "  " + string(shown) + "\n  " + caret.String() + "^"
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
