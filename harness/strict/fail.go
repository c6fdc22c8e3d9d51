package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"mtrlz.dev/perfrun/results"
)

// Fail is an error at a node: what is wrong, and what to do next, both in lower
// case and without a full stop. It is a *results.Problem.
func (d *Decoder) Fail(node Node, what, next string) error {
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

// Line is the line on which a node begins, from 1.
func Line(node Node) int {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

// at is an error at a line and a column, both from 1, with the line and a caret
// under the column.
func (d *Decoder) at(line, column int, what, next string) error {
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

func (d *Decoder) unknown(node Node, key, what string, table Fields) error {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return d.Fail(node, fmt.Sprintf("%s has no key %s", what, strconv.Quote(key)), suggest(key, names, "it may have "))
}

// suggest lists what would be right, the likeliest first.
func suggest(given string, names []string, before string) string {
	next := before + strings.Join(names, ", ")
	if near := nearest(given, names); near != "" {
		next = "did you mean " + near + "? " + next
	}
	return next
}

// nearest returns the name that is one or two edits away, if there is one.
func nearest(key string, names []string) string {
	best, distance := "", 3
	for _, name := range names {
		if d := edits(key, name); d < distance {
			best, distance = name, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
