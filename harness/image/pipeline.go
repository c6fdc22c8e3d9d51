package image

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	pipeline "github.com/buildkite/go-pipeline"
	"github.com/buildkite/go-pipeline/warning"
	"gopkg.in/yaml.v3"

	"mtrlz.dev/perfrun/results"
)

// pipelineFile is a parsed pipeline.
type pipelineFile struct {
	path  string
	env   []variable       // in the file's order
	steps []*step          // command steps, those in groups included
	lines map[string][]int // where the steps of each name stand
}

// variable is one setting of the pipeline's env.
type variable struct{ name, value string }

// step is one command step.
type step struct {
	key, label string
	env        map[string]string
	plugins    pipeline.Plugins
}

// parsePipeline parses the first document. Warnings of the parser are about
// things that it passes through unread, which do not concern the image.
func parsePipeline(path string, text []byte) (file *pipelineFile, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			file, err = nil, syntax(path, "pipeline", trouble)
		}
	}()
	parsed, err := pipeline.Parse(bytes.NewReader(text))
	if err != nil && warning.As(err) == nil {
		return nil, syntax(path, "pipeline", err)
	}
	file = &pipelineFile{path: path, lines: stepLines(text)}
	if err := parsed.Env.Range(func(name, value string) error {
		file.env = append(file.env, variable{name, value})
		return nil
	}); err != nil {
		return nil, syntax(path, "pipeline", err)
	}
	file.add(parsed.Steps)
	return file, nil
}

func (f *pipelineFile) add(steps pipeline.Steps) {
	for _, one := range steps {
		switch s := one.(type) {
		case *pipeline.CommandStep:
			f.steps = append(f.steps, &step{key: s.Key, label: s.Label, env: s.Env, plugins: s.Plugins})
		case *pipeline.GroupStep:
			f.add(s.Steps)
		}
	}
}

// stepLines finds the line of every step's name, for messages. The text was
// parsed before, so that its aliases are known to be few and without cycles.
func stepLines(text []byte) map[string][]int {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil {
		return nil
	}
	lines := map[string][]int{}
	steps := target(&root)
	if inner, _ := child(steps, "steps"); inner != nil {
		steps = inner
	}
	noteLines(lines, steps)
	return lines
}

func noteLines(lines map[string][]int, steps *yaml.Node) {
	if steps == nil || steps.Kind != yaml.SequenceNode {
		return
	}
	for _, one := range steps.Content {
		for _, key := range []string{"key", "id", "identifier", "label", "name"} {
			value, line := child(one, key)
			if value != nil && value.Kind == yaml.ScalarNode && !slices.Contains(lines[value.Value], line) {
				lines[value.Value] = append(lines[value.Value], line)
			}
		}
		inner, _ := child(one, "steps")
		noteLines(lines, inner)
	}
}

// find returns the step with this key, or else with this label.
func (f *pipelineFile) find(name string) (*step, error) {
	for _, match := range []func(*step) bool{
		func(s *step) bool { return s.key == name },
		func(s *step) bool { return s.label == name },
	} {
		var found []*step
		for _, s := range f.steps {
			if match(s) {
				found = append(found, s)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return nil, f.problem(nil, fmt.Sprintf("%d steps are named %q%s", len(found), name, f.standing(name, len(found))), "give the one you mean a key of its own; there are "+f.names())
		}
	}
	return nil, f.problem(nil, fmt.Sprintf("no step has the key or label %q", name), "name one of "+f.names())
}

// standing lists the lines of a name where they are known for all who bear it.
func (f *pipelineFile) standing(name string, bearers int) string {
	if len(f.lines[name]) != bearers {
		return ""
	}
	texts := make([]string, bearers)
	for i, line := range f.lines[name] {
		texts[i] = strconv.Itoa(line)
	}
	return " (lines " + strings.Join(texts, ", ") + ")"
}

// at is the place of a step, or the file where the line is not known.
func (f *pipelineFile) at(s *step) string {
	if s == nil || len(f.lines[s.name()]) != 1 {
		return f.path
	}
	return f.path + ":" + strconv.Itoa(f.lines[s.name()][0])
}

func (f *pipelineFile) problem(s *step, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: f.at(s), What: what, Next: next}
}

// names lists every step for people.
func (f *pipelineFile) names() string {
	var all []string
	for _, s := range f.steps {
		if name := s.name(); name != "" {
			all = append(all, name)
		}
	}
	return quoteAll(all)
}

// withImage lists the steps that run in an image.
func (f *pipelineFile) withImage() (names []string) {
	for _, s := range f.steps {
		_, docker := s.plugin("docker")
		_, compose := s.plugin("docker-compose")
		if docker || compose {
			names = append(names, s.name())
		}
	}
	return names
}

// name is the key, or the label of a step without one.
func (s *step) name() string {
	if s.key != "" {
		return s.key
	}
	return s.label
}

// plugin returns the configuration of the step's plugin of this name, however
// its source is spelled: docker#v3.0.1, org/docker#v3, or a URL.
func (s *step) plugin(name string) (config any, ok bool) {
	for _, p := range s.plugins {
		source, _, _ := strings.Cut(p.FullSource(), "#")
		base := strings.TrimSuffix(path.Base(source), ".git")
		if strings.TrimSuffix(base, "-buildkite-plugin") == name {
			return p.Config, true
		}
	}
	return nil, false
}
