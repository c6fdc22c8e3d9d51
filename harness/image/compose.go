package image

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"mtrlz.dev/perfrun/results"
)

// composeFile is the part of a compose file that says what a service runs in.
type composeFile struct {
	Services map[string]service `yaml:"services"`
}

type service struct {
	Image   string `yaml:"image"`
	Build   any    `yaml:"build"`
	Extends any    `yaml:"extends"` // a name, or {service:, file:}
}

// composeImage finds the image of the service that a docker-compose plugin runs.
// Of several config files a later one overrides an earlier one, as Compose has it.
func composeImage(read Lookup, pipe *pipelineFile, s *step, config any, vars map[string]string) (raw, via string, err error) {
	name, err := stringAt(config, "run")
	if err != nil {
		return "", "", pipe.problem(fmt.Sprintf("the docker-compose plugin of step %q: %v", s.name(), err), "name a step that runs a service")
	}
	if name, err = fill(name, vars); err != nil {
		return "", "", pipe.problem(fmt.Sprintf("the service of step %q: %v", s.name(), err), "set it in env:")
	}
	files, err := configFiles(config)
	if err != nil {
		return "", "", pipe.problem(fmt.Sprintf("the docker-compose plugin of step %q: %v", s.name(), err), "give config: a file or a list of files")
	}
	loader := &composeLoader{read: read, vars: vars, why: fmt.Sprintf("step %q of %s uses it", s.name(), pipe.path)}
	for _, file := range slices.Backward(files) {
		found, err := loader.image(file, name, nil)
		if err != nil {
			return "", "", err
		}
		if found != "" {
			return found, fmt.Sprintf("service %s in %s", name, file), nil
		}
	}
	return "", "", loader.missing(files, name)
}

// configFiles reads the plugin's config: one file, a list, or the default.
func configFiles(config any) ([]string, error) {
	value, ok := get(config, "config")
	if !ok {
		return []string{"docker-compose.yml"}, nil
	}
	list := []any{value}
	if many, isList := value.([]any); isList {
		list = many
	}
	var files []string
	for _, one := range list {
		file, isText := one.(string)
		if !isText || !local(file) {
			return nil, fmt.Errorf("its config %v is no file of the repository", one)
		}
		files = append(files, path.Clean(file))
	}
	if len(files) == 0 {
		return nil, errors.New("its config is empty")
	}
	return files, nil
}

func local(file string) bool {
	clean := path.Clean(file)
	return file != "" && !path.IsAbs(file) && clean != ".." && !strings.HasPrefix(clean, "../")
}

// composeLoader follows services through files.
type composeLoader struct {
	read Lookup
	vars map[string]string
	why  string // for messages
}

// image returns what service name of file runs in, following extends; empty if
// the file does not say. trail is the way here, to notice a cycle.
func (l *composeLoader) image(file, name string, trail []string) (string, error) {
	here := name + " in " + file
	if slices.Contains(trail, here) {
		return "", l.problem(file, fmt.Sprintf("service %q extends itself: %s", name, strings.Join(append(trail, here), " -> ")), "remove the cycle")
	}
	parsed, err := l.load(file)
	if err != nil {
		return "", err
	}
	found, ok := parsed.Services[name]
	if !ok {
		if len(trail) > 0 {
			return "", l.problem(file, fmt.Sprintf("%s extends the service %q, which is not there", trail[len(trail)-1], name), "correct extends")
		}
		return "", nil
	}
	if found.Image != "" {
		return found.Image, nil
	}
	otherFile, other, err := found.extended(file)
	if err != nil {
		return "", l.problem(file, fmt.Sprintf("extends of service %q: %v", name, err), "give a service name, or service: and file:")
	}
	if other != "" {
		return l.image(otherFile, other, append(trail, here))
	}
	if found.Build != nil {
		return "", l.problem(file, fmt.Sprintf("service %q is built on the spot and has no image", name), "build and tag its image beforehand and name it with image: beside build:")
	}
	return "", nil
}

// extended says which service of which file this one continues.
func (s service) extended(file string) (otherFile, name string, err error) {
	switch e := s.Extends.(type) {
	case nil:
		return "", "", nil
	case string:
		return file, e, nil
	case map[string]any:
		name, _ = e["service"].(string)
		otherFile = file
		if other, ok := e["file"].(string); ok {
			otherFile = path.Join(path.Dir(file), other) // relative to the file that says so
		}
		if name == "" || !local(otherFile) {
			return "", "", errors.New("it names no service of the repository")
		}
		return otherFile, name, nil
	}
	return "", "", errors.New("it is neither a name nor a mapping")
}

func (l *composeLoader) load(file string) (parsed composeFile, err error) {
	text, err := readFile(l.read, file, l.why)
	if err != nil {
		return composeFile{}, err
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			err = l.problem(file, fmt.Sprintf("it cannot be read as a compose file: %v", trouble), "correct the file")
		}
	}()
	if err := bounded(text); err != nil {
		return composeFile{}, l.problem(file, err.Error(), "correct the file")
	}
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		return composeFile{}, l.problem(file, "it cannot be read as a compose file: "+firstLine(yaml.FormatError(err, false, false)), "correct the file")
	}
	return parsed, nil
}

func (l *composeLoader) problem(file, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: file, What: what, Next: next}
}

// missing says that no file has an image for the service, and what there is.
func (l *composeLoader) missing(files []string, name string) error {
	names := map[string]bool{}
	for _, file := range files {
		if parsed, err := l.load(file); err == nil {
			for service := range parsed.Services {
				names[service] = true
			}
		}
	}
	return l.problem(strings.Join(files, ", "), fmt.Sprintf("no service %q with an image is there; %s", name, l.why),
		"name one of "+quoteAll(slices.Sorted(maps.Keys(names))))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
