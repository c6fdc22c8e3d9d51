package image

import (
	"fmt"
	"maps"
	"strings"

	"github.com/buildkite/interpolate"
)

// maxText bounds, in bytes, what a text may be or become when its variables are
// filled in. Variables that hold each other twice grow without it to any size.
const maxText = 16 << 10

// variables are what an image's name may use. Later ones win: what the caller
// gives, then the pipeline's, each of which may use those before it, then the
// step's. One that cannot be filled in stays as it is written: if the image needs
// it, the error names what is missing.
func (f *pipelineFile) variables(s *step, env map[string]string) map[string]string {
	vars := map[string]string{}
	maps.Copy(vars, env)
	for _, v := range f.env {
		vars[v.name] = filled(v.value, vars)
	}
	own := map[string]string{}
	for name, value := range s.env {
		own[name] = filled(value, vars)
	}
	maps.Copy(vars, own)
	return vars
}

func filled(text string, vars map[string]string) string {
	if text, err := fill(text, vars); err == nil {
		return text
	}
	return text
}

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
		if len(text) > maxText {
			return "", errGrown
		}
		parsed, err := interpolate.NewParser(text).Parse()
		if err != nil {
			return "", err
		}
		if err := (&sizing{vars: vars}).expression(parsed); err != nil {
			return "", err
		}
		if text, err = parsed.Expand(interpolate.NewMapEnv(vars)); err != nil {
			return "", err
		}
	}
	return text, nil
}

var errGrown = fmt.Errorf("with its variables it is longer than %d KiB", maxText>>10)

// sizing walks an expression the way expanding it would go, before it is
// expanded: it stops at the first variable that is missing, and when the result
// would grow too long.
type sizing struct {
	vars map[string]string
	size int
}

func (s *sizing) expression(parsed interpolate.Expression) error {
	for _, item := range parsed {
		s.size += len(item.Text)
		if err := s.expansion(item.Expansion); err != nil {
			return err
		}
		if s.size > maxText {
			return errGrown
		}
	}
	return nil
}

func (s *sizing) expansion(expansion interpolate.Expansion) error {
	switch e := expansion.(type) {
	case interpolate.VariableExpansion:
		return s.variable(e.Identifier)
	case interpolate.SubstringExpansion:
		return s.variable(e.Identifier)
	case interpolate.RequiredExpansion:
		return s.variable(e.Identifier)
	case interpolate.EmptyValueExpansion:
		if s.vars[e.Identifier] == "" {
			return s.expression(e.Content)
		}
		return s.variable(e.Identifier)
	case interpolate.UnsetValueExpansion:
		if _, known := s.vars[e.Identifier]; !known {
			return s.expression(e.Content)
		}
		return s.variable(e.Identifier)
	}
	return nil
}

func (s *sizing) variable(name string) error {
	value, known := s.vars[name]
	if !known {
		return fmt.Errorf("the variable %s has no value here", clip(name))
	}
	s.size += len(value)
	return nil
}
