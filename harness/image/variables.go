package image

import (
	"fmt"
	"strings"

	"github.com/buildkite/interpolate"
)

// fill replaces variables as Buildkite does on upload and Compose on reading:
// $A, ${A}, ${A:-default}, ${A-default}, ${A:?message}, and $$ for a dollar. A
// variable without value or default is an error: an image with a hole in its
// name would be another image. What an escape leaves ($$A becomes $A) the plugin
// itself fills in when the step runs, so a second pass follows.
func fill(text string, vars map[string]string) (string, error) {
	for range 2 {
		if !strings.Contains(text, "$") {
			return text, nil
		}
		if err := resolved(text, vars); err != nil {
			return "", err
		}
		filled, err := interpolate.Interpolate(interpolate.NewMapEnv(vars), text)
		if err != nil {
			return "", err
		}
		text = filled
	}
	return text, nil
}

// resolved reports the first variable that has neither value nor default.
func resolved(text string, vars map[string]string) error {
	parsed, err := interpolate.NewParser(text).Parse()
	if err != nil {
		return err
	}
	for _, item := range parsed {
		name := ""
		switch expansion := item.Expansion.(type) {
		case interpolate.VariableExpansion:
			name = expansion.Identifier
		case interpolate.SubstringExpansion:
			name = expansion.Identifier
		}
		if _, known := vars[name]; name != "" && !known {
			return fmt.Errorf("the variable %s has no value here", name)
		}
	}
	return nil
}
