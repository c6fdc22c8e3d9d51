package image

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	pipeline "github.com/buildkite/go-pipeline"
	"github.com/buildkite/go-pipeline/ordered"
	"github.com/buildkite/go-pipeline/warning"

	"mtrlz.dev/perfrun/results"
)

// pipelineFile is a parsed pipeline.
type pipelineFile struct {
	path  string
	env   map[string]string
	steps []*step // command steps, those in groups included
}

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
			err = syntax(path, fmt.Sprint(trouble))
		}
	}()
	if err := bounded(text); err != nil {
		return nil, syntax(path, err.Error())
	}
	parsed, err := pipeline.Parse(bytes.NewReader(text))
	if err != nil && warning.As(err) == nil {
		return nil, syntax(path, err.Error())
	}
	file = &pipelineFile{path: path, env: map[string]string{}}
	if err := parsed.Env.Range(func(name, value string) error {
		filled, err := fill(value, file.env)
		if err != nil { // a variable of the agent's; what needs it will say so
			filled = value
		}
		file.env[name] = filled
		return nil
	}); err != nil {
		return nil, syntax(path, err.Error())
	}
	file.add(parsed.Steps)
	return file, nil
}

func syntax(path, what string) error {
	return &results.Problem{Kind: results.BadInput, Where: path, What: "it cannot be read as a pipeline: " + what, Next: "correct the file"}
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
			return nil, f.problem(fmt.Sprintf("%d steps are named %q", len(found), name), "give the one you mean a key of its own; there are "+f.names())
		}
	}
	return nil, f.problem(fmt.Sprintf("no step has the key or label %q", name), "name one of "+f.names())
}

func (f *pipelineFile) problem(what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: f.path, What: what, Next: next}
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

// variables are what an image's name may use. Later ones win: what the caller
// gives, then the pipeline's, then the step's.
func (f *pipelineFile) variables(s *step, env map[string]string) map[string]string {
	return merged(env, f.env, s.env)
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

// get returns a value of a plugin's configuration.
func get(config any, key string) (any, bool) {
	switch m := config.(type) {
	case *ordered.MapSA:
		return m.Get(key)
	case map[string]any:
		value, ok := m[key]
		return value, ok
	}
	return nil, false
}

func stringAt(config any, key string) (string, error) {
	value, ok := get(config, key)
	if !ok {
		return "", fmt.Errorf("it has no %s", key)
	}
	text, isString := value.(string)
	if !isString || text == "" {
		return "", fmt.Errorf("its %s is no text", key)
	}
	return text, nil
}

// quoteAll lists names; they are data, so they are quoted.
func quoteAll(names []string) string {
	if len(names) == 0 {
		return "(there is none)"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(slices.Compact(quoted), ", ")
}
