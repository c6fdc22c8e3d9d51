package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Text reads text as it is written, which must not be empty. A number is not a
// text: 1.10 would have become 1.1.
func (d *Decoder) Text(what string) func(Node) (string, error) {
	return func(node Node) (string, error) {
		node, err := d.resolve(node)
		if err != nil {
			return "", err
		}
		switch n := node.(type) {
		case *ast.StringNode:
			return d.legibleText(node, what, n.Value)
		case *ast.LiteralNode:
			return d.legibleText(node, what, n.Value.Value)
		}
		return "", d.Fail(node, what+" must be text, not "+kind(node), "put it in quotes")
	}
}

func (d *Decoder) legibleText(node Node, what, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", d.Fail(node, what+" is empty", "give it a value, or remove the key")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
		return "", d.Fail(node, what+" holds a control character", "remove it")
	}
	return text, nil
}

// Word reads what is handed to a process: any text, the empty one too; numbers
// and booleans as they are written, as people write them.
func (d *Decoder) Word(what string) func(Node) (string, error) {
	return func(node Node) (string, error) {
		resolved, err := d.resolve(node)
		if err != nil {
			return "", err
		}
		switch n := resolved.(type) {
		case *ast.StringNode:
			return d.withoutNUL(resolved, what, n.Value)
		case *ast.LiteralNode:
			return d.withoutNUL(resolved, what, n.Value.Value)
		}
		return d.scalar(resolved, what)
	}
}

// withoutNUL refuses what cannot be passed to a process.
func (d *Decoder) withoutNUL(node Node, what, text string) (string, error) {
	if strings.ContainsRune(text, 0) {
		return "", d.Fail(node, what+" holds a NUL character", "remove it")
	}
	return text, nil
}

// scalar reads text or a number as it is written, for values with a grammar of
// their own.
func (d *Decoder) scalar(node Node, what string) (string, error) {
	node, err := d.resolve(node)
	if err != nil {
		return "", err
	}
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		return node.GetToken().Value, nil
	}
	return "", d.Fail(node, what+" must be a single value, not "+kind(node), "write it on one line")
}

// Boolean reads true or false.
func (d *Decoder) Boolean(what string) func(Node) (bool, error) {
	return func(node Node) (bool, error) {
		node, err := d.resolve(node)
		if err != nil {
			return false, err
		}
		if b, ok := node.(*ast.BoolNode); ok {
			return b.Value, nil
		}
		return false, d.Fail(node, what+" must be true or false, not "+kind(node), "write true or false")
	}
}

// Integer reads a whole number within bounds.
func (d *Decoder) Integer(what string, least, most int) func(Node) (int, error) {
	return func(node Node) (int, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return 0, err
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q", what, text), fmt.Sprintf("give a whole number from %d to %d", least, most))
		}
		return n, nil
	}
}

// Number reads a number within bounds.
func (d *Decoder) Number(what string, least, most float64) func(Node) (float64, error) {
	return func(node Node) (float64, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(n >= least && n <= most) {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q", what, text), fmt.Sprintf("give a number from %v to %v", least, most))
		}
		return n, nil
	}
}

// OneOf reads one word of a fixed choice.
func OneOf[T ~string](d *Decoder, what string, choice []T) func(Node) (T, error) {
	return func(node Node) (T, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return "", err
		}
		if slices.Contains(choice, T(text)) {
			return T(text), nil
		}
		var names []string
		for _, one := range choice {
			names = append(names, string(one))
		}
		return "", d.Fail(node, fmt.Sprintf("%s is %q", what, text), suggest(text, names, "give one of "))
	}
}
