package strict

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// Fields says for each key of a mapping how its value is read.
type Fields map[string]func(Node) error

// Into makes a reader that stores what another reads.
func Into[T any](target *T, read func(Node) (T, error)) func(Node) error {
	return func(node Node) (err error) {
		*target, err = read(node)
		return err
	}
}

// Object reads a mapping by a table of its keys. what names it in messages: "a
// suite".
func (d *Decoder) Object(node Node, what string, table Fields) error {
	return d.Map(node, what, func(key string, at, value Node) error {
		read, known := table[key]
		if !known {
			return d.unknown(at, key, what, table)
		}
		return read(value)
	})
}

// Map reads a mapping whose keys are the user's own, in the order of the file. at
// is where the key is.
func (d *Decoder) Map(node Node, what string, read func(key string, at, value Node) error) error {
	entries, resolved, err := d.pairs(node, what)
	if err != nil {
		return err
	}
	d.within[resolved] = true
	defer delete(d.within, resolved)
	seen := map[string]Node{}
	for _, entry := range entries {
		key, err := d.key(entry, seen)
		if err != nil {
			return err
		}
		if err := d.count(entry.Key); err != nil {
			return err
		}
		if err := read(key, entry.Key, entry.Value); err != nil {
			return err
		}
	}
	return nil
}

// List reads each element of a sequence.
func (d *Decoder) List(node Node, what string, read func(Node) error) error {
	node, err := d.resolve(node)
	if err != nil {
		return err
	}
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		return d.Fail(node, what+" must be a list, not "+kind(node), "write each element on a line with - before it")
	}
	d.within[sequence] = true
	defer delete(d.within, sequence)
	for _, element := range sequence.Values {
		if err := d.count(element); err != nil {
			return err
		}
		if err := read(element); err != nil {
			return err
		}
	}
	return nil
}

// Names reads a list of words out of a choice, none of them twice.
func (d *Decoder) Names(what string, choice []string) func(Node) ([]string, error) {
	return func(node Node) (names []string, err error) {
		err = d.List(node, what, func(element Node) error {
			name, err := OneOf(d, what, choice)(element)
			if err == nil && slices.Contains(names, name) {
				err = d.Fail(element, fmt.Sprintf("%s has %s twice", what, name), "keep one")
			}
			names = append(names, name)
			return err
		})
		return names, err
	}
}

// IsList reports whether a value is a list, for values that may be one.
func (d *Decoder) IsList(node Node) bool {
	node, err := d.resolve(node)
	_, is := node.(*ast.SequenceNode)
	return err == nil && is
}

// IsMapping reports whether a value is a mapping, for values that may be one.
func (d *Decoder) IsMapping(node Node) bool {
	node, err := d.resolve(node)
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return err == nil
	}
	return false
}

// resolve follows anchors and aliases to the node that holds a value.
func (d *Decoder) resolve(node Node) (Node, error) {
	switch n := node.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.resolve(n.Value)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, known := d.anchors[name]
		if !known {
			return nil, d.Fail(n, fmt.Sprintf("the alias *%s has no anchor before it", name), "write &"+name+" at the value that it repeats")
		}
		if d.within[target] {
			return nil, d.Fail(n, fmt.Sprintf("the alias *%s is part of what it stands for", name), "remove the cycle")
		}
		return target, nil
	case *ast.TagNode:
		return nil, d.Fail(n, "tags like "+n.GetToken().Value+" mean nothing in a "+d.words.Name, "remove it")
	}
	return node, nil
}

// pairs returns a mapping's entries.
func (d *Decoder) pairs(node Node, what string) ([]*ast.MappingValueNode, Node, error) {
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
	return nil, nil, d.Fail(node, what+" must be a mapping, not "+kind(node), "write it as KEY: VALUE lines")
}

// key returns an entry's key and refuses one that came before.
func (d *Decoder) key(entry *ast.MappingValueNode, seen map[string]Node) (string, error) {
	if entry.Key.IsMergeKey() {
		return "", d.Fail(entry.Key, "merge keys (<<) are not supported", "repeat the keys, or share one value with an anchor and an alias")
	}
	key := entry.Key.GetToken().Value
	if first, twice := seen[key]; twice {
		return "", d.Fail(entry.Key, fmt.Sprintf("%q is here twice; the first is on line %d", key, Line(first)), "keep one")
	}
	seen[key] = entry.Key
	return key, nil
}

// count bounds what aliases make of a small file.
func (d *Decoder) count(node Node) error {
	if d.values++; d.values > mostValues {
		return d.Fail(node, fmt.Sprintf("with its aliases the file holds more than %d values", mostValues), "repeat less")
	}
	return nil
}

// kind words what a node is.
func kind(node Node) string {
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
