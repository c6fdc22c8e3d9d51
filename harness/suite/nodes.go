package suite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// fields says for each key of a mapping how its value is read.
type fields map[string]func(ast.Node) error

// resolve follows anchors and aliases to the node that holds a value.
func (d *decoder) resolve(node ast.Node) (ast.Node, error) {
	switch n := node.(type) {
	case *ast.AnchorNode:
		if d.anchors == nil {
			d.anchors, d.within = map[string]ast.Node{}, map[ast.Node]bool{}
		}
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.resolve(n.Value)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, known := d.anchors[name]
		if !known {
			return nil, d.fail(n, fmt.Sprintf("the alias *%s has no anchor before it", name), "write &"+name+" at the value that it repeats")
		}
		if d.within[target] {
			return nil, d.fail(n, fmt.Sprintf("the alias *%s is part of what it stands for", name), "remove the cycle")
		}
		return target, nil
	case *ast.TagNode:
		return nil, d.fail(n, "tags like "+n.GetToken().Value+" mean nothing in a suite", "remove it")
	}
	return node, nil
}

// pairs returns a mapping's entries.
func (d *decoder) pairs(node ast.Node, what string) ([]*ast.MappingValueNode, ast.Node, error) {
	node, err := d.resolve(node)
	if err != nil {
		return nil, nil, err
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, n, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, n, nil
	}
	return nil, nil, d.fail(node, what+" must be a mapping, not "+kind(node), "write it as KEY: VALUE lines")
}

// object reads a mapping by a table of its keys.
func (d *decoder) object(node ast.Node, what string, table fields) error {
	entries, resolved, err := d.pairs(node, what)
	if err != nil {
		return err
	}
	d.enter(resolved)
	defer delete(d.within, resolved)
	seen := map[string]ast.Node{}
	for _, entry := range entries {
		key, err := d.key(entry, seen)
		if err != nil {
			return err
		}
		read, known := table[key]
		if !known {
			return d.unknown(entry.Key, key, what, table)
		}
		if err := read(entry.Value); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) enter(node ast.Node) {
	if d.within == nil {
		d.anchors, d.within = map[string]ast.Node{}, map[ast.Node]bool{}
	}
	d.within[node] = true
}

// key returns an entry's key and refuses one that came before.
func (d *decoder) key(entry *ast.MappingValueNode, seen map[string]ast.Node) (string, error) {
	if entry.Key.IsMergeKey() {
		return "", d.fail(entry.Key, "merge keys (<<) are not supported", "repeat the keys, or share one value with an anchor and an alias")
	}
	key := entry.Key.GetToken().Value
	if first, twice := seen[key]; twice {
		return "", d.fail(entry.Key, fmt.Sprintf("%q is here twice; the first is on line %d", key, first.GetToken().Position.Line), "keep one")
	}
	seen[key] = entry.Key
	return key, nil
}

func (d *decoder) unknown(node ast.Node, key, what string, table fields) error {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	next := "it may have " + strings.Join(names, ", ")
	if near := nearest(key, names); near != "" {
		next = "did you mean " + near + "? " + next
	}
	return d.fail(node, fmt.Sprintf("%s has no key %s", what, strconv.Quote(key)), next)
}

// list reads each element of a sequence.
func (d *decoder) list(node ast.Node, what string, read func(ast.Node) error) error {
	node, err := d.resolve(node)
	if err != nil {
		return err
	}
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		return d.fail(node, what+" must be a list, not "+kind(node), "write each element on a line with - before it")
	}
	d.enter(sequence)
	defer delete(d.within, sequence)
	for _, element := range sequence.Values {
		if err := read(element); err != nil {
			return err
		}
	}
	return nil
}

// text reads a scalar as it is written. A number is not a text: 1.10 would have
// become 1.1.
func (d *decoder) text(node ast.Node, what string) (string, error) {
	node, err := d.resolve(node)
	if err != nil {
		return "", err
	}
	switch n := node.(type) {
	case *ast.StringNode:
		return d.nonEmpty(node, what, n.Value)
	case *ast.LiteralNode:
		return d.nonEmpty(node, what, n.Value.Value)
	}
	return "", d.fail(node, what+" must be text, not "+kind(node), "put it in quotes")
}

func (d *decoder) nonEmpty(node ast.Node, what, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", d.fail(node, what+" is empty", "give it a value, or remove the key")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
		return "", d.fail(node, what+" holds a control character", "remove it")
	}
	return text, nil
}

// scalar reads text or a number as it is written, for values with a grammar of
// their own.
func (d *decoder) scalar(node ast.Node, what string) (string, error) {
	node, err := d.resolve(node)
	if err != nil {
		return "", err
	}
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		return node.GetToken().Value, nil
	}
	return "", d.fail(node, what+" must be a single value, not "+kind(node), "write it on one line")
}

func (d *decoder) boolean(node ast.Node, what string) (bool, error) {
	node, err := d.resolve(node)
	if err != nil {
		return false, err
	}
	if b, ok := node.(*ast.BoolNode); ok {
		return b.Value, nil
	}
	return false, d.fail(node, what+" must be true or false, not "+kind(node), "write true or false")
}

// integer reads a count within bounds.
func (d *decoder) integer(node ast.Node, what string, least, most int) (int, error) {
	text, err := d.scalar(node, what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, d.fail(node, fmt.Sprintf("%s is %q", what, text), fmt.Sprintf("give a whole number from %d to %d", least, most))
	}
	return n, nil
}

// kind words what a node is.
func kind(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	}
	return "text"
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
