package verdict

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// digits of a number that are the same on every machine. Processors differ in the
// last bit of a logarithm, and sums of many carry that on.
const digits = 10

// Digest is a hash over verdicts, reasons and numbers. Two judgements of the same
// samples by the same method have the same, on any machine.
func Digest(list []Comparison) (string, error) {
	text, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("write comparisons: %w", err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return "", fmt.Errorf("read comparisons: %w", err)
	}
	if text, err = json.Marshal(rounded(tree)); err != nil {
		return "", fmt.Errorf("write comparisons: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// rounded cuts every number of a JSON tree to its digits.
func rounded(tree any) any {
	switch tree := tree.(type) {
	case float64:
		return strconv.FormatFloat(tree, 'g', digits, 64)
	case []any:
		for i := range tree {
			tree[i] = rounded(tree[i])
		}
	case map[string]any:
		for key := range tree {
			tree[key] = rounded(tree[key])
		}
	}
	return tree
}
