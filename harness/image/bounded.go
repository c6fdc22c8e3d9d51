package image

import (
	"bytes"
	"errors"
)

// Aliases let a small YAML file stand for a huge one. No honest pipeline comes
// near these counts.
const (
	maxAliases = 500
	maxDepth   = 200
)

// bounded refuses, by a rough count over the text, what could make a parser run
// away: very many aliases, or very deep nesting.
func bounded(text []byte) error {
	aliases, depth, deepest := 0, 0, 0
	for i, c := range text {
		switch c {
		case '*':
			if i > 0 && bytes.IndexByte([]byte(" \t\n-[{,:"), text[i-1]) >= 0 {
				aliases++
			}
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	if aliases > maxAliases || deepest > maxDepth {
		return errors.New("it has too many aliases or nests too deeply")
	}
	return nil
}
