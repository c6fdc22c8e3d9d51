package image

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/buildkite/go-pipeline/ordered"
	"gopkg.in/yaml.v3"

	"mtrlz.dev/perfrun/results"
)

// maxExtends bounds a chain of services that extend each other.
const maxExtends = 50

// composeImage finds the image of the service that a docker-compose plugin runs.
// Of several config files a later one overrides an earlier one, key by key, as
// Compose has it: an override that adds only a build keeps the image.
func composeImage(read Lookup, pipe *pipelineFile, s *step, config any, vars map[string]string) (found, error) {
	wrong := func(err error, next string) (found, error) {
		return found{}, pipe.problem(s, fmt.Sprintf("the docker-compose plugin of step %q: %v", s.name(), err), next)
	}
	name, err := stringAt(config, "run")
	if err != nil {
		return wrong(err, "name a step that runs a service")
	}
	if matrixToken.MatchString(name) {
		return wrong(errors.New("its service depends on the matrix"), "name a step with one service, or give the suite image.ref")
	}
	if name, err = fill(name, vars); err != nil {
		return wrong(err, "set it in env:")
	}
	files, err := configFiles(config)
	if err != nil {
		return wrong(err, "give config: a file or a list of files")
	}
	loader := &composeLoader{read: read, vars: vars, loaded: map[string]composeFile{}, why: fmt.Sprintf("step %q of %s uses it", s.name(), pipe.path)}
	return loader.search(files, name)
}

// composeFile is a parsed compose file: its services, and the tree, which knows
// where they stand.
type composeFile struct {
	services any
	tree     *yaml.Node
}

// service is what a compose file says about what a service runs in.
type service struct {
	image string
	where string // of the image, for messages
	built bool
	left  []string // keys that are not taken over
}

// composeLoader follows services through files.
type composeLoader struct {
	read   Lookup
	vars   map[string]string
	loaded map[string]composeFile
	why    string // for messages
}

// search asks all files for a service's image.
func (l *composeLoader) search(files []string, name string) (image found, err error) {
	known, built, left := "", false, []string{}
	for _, file := range files {
		one, ok, err := l.service(file, name, nil)
		if err != nil {
			return found{}, err
		}
		if ok {
			known, built = l.at(file, name), built || one.built
		}
		left = append(left, one.left...)
		if one.image != "" {
			image = found{raw: one.image, via: fmt.Sprintf("service %s in %s", name, file), where: one.where}
		}
	}
	switch {
	case image.raw != "":
		slices.Sort(left)
		image.left = slices.Compact(left)
		return image, nil
	case built:
		return found{}, problem(known, fmt.Sprintf("service %q is built on the spot and has no image; %s", name, l.why), "build and tag its image beforehand and name it with image: beside build:")
	case known != "":
		return found{}, problem(known, fmt.Sprintf("service %q has no image; %s", name, l.why), "give it image: NAME:TAG")
	}
	return found{}, problem(strings.Join(files, ", "), fmt.Sprintf("there is no service %q; %s", name, l.why), "name one of "+quoteAll(l.names(files)))
}

// service returns what a file says about a service, following extends, and
// whether it has it. trail is the way here, to notice a cycle.
func (l *composeLoader) service(file, name string, trail []string) (service, bool, error) {
	here := name + " in " + file
	if slices.Contains(trail, here) || len(trail) == maxExtends {
		return service{}, false, problem(l.at(file, name), fmt.Sprintf("service %q extends itself: %s", name, clip(strings.Join(append(trail, here), " -> "))), "remove the cycle")
	}
	parsed, err := l.load(file)
	if err != nil {
		return service{}, false, err
	}
	config, ok := get(parsed.services, name)
	if !ok {
		return service{}, false, nil
	}
	one := service{left: present(config, ofService)}
	_, one.built = get(config, "build")
	if _, has := get(config, "image"); has {
		if one.image, err = stringAt(config, "image"); err != nil {
			return service{}, false, problem(l.at(file, name), fmt.Sprintf("service %q: %v", name, err), "give it image: NAME:TAG")
		}
		one.where = l.at(file, name)
		return one, true, nil
	}
	base, err := l.base(file, name, config, append(trail, here))
	base.built, base.left = base.built || one.built, append(base.left, one.left...)
	return base, true, err
}

// base is what a service continues; nothing if it does not.
func (l *composeLoader) base(file, name string, config any, trail []string) (service, error) {
	extends, has := get(config, "extends")
	if !has {
		return service{}, nil
	}
	otherFile, other, err := l.extended(file, extends)
	if err != nil {
		return service{}, problem(l.at(file, name), fmt.Sprintf("extends of service %q: %v", name, err), "give a service name, or service: and file: of the repository")
	}
	base, ok, err := l.service(otherFile, other, trail)
	if err == nil && !ok {
		err = problem(l.at(file, name), fmt.Sprintf("service %q extends %q of %s, which is not there", name, other, otherFile), "correct extends; there are "+quoteAll(l.names([]string{otherFile})))
	}
	return base, err
}

// extended says which service of which file is continued: a name, or a mapping
// with service and file, the latter relative to the file that says so.
func (l *composeLoader) extended(file string, extends any) (otherFile, name string, err error) {
	if name, ok := extends.(string); ok {
		return file, name, nil
	}
	if name, err = stringAt(extends, "service"); err != nil {
		return "", "", err
	}
	if _, has := get(extends, "file"); !has {
		return file, name, nil
	}
	if otherFile, err = stringAt(extends, "file"); err != nil {
		return "", "", err
	}
	if otherFile, err = fill(otherFile, l.vars); err != nil {
		return "", "", err
	}
	if joined := path.Join(path.Dir(file), otherFile); !path.IsAbs(otherFile) && local(joined) {
		return joined, name, nil
	}
	return "", "", fmt.Errorf("%q leads out of the repository", clip(otherFile))
}

func (l *composeLoader) load(file string) (parsed composeFile, err error) {
	if parsed, ok := l.loaded[file]; ok {
		return parsed, nil
	}
	text, err := readFile(l.read, file, l.why)
	if err != nil {
		return composeFile{}, err
	}
	if parsed, err = parseCompose(file, text); err != nil {
		return composeFile{}, err
	}
	l.loaded[file] = parsed
	return parsed, nil
}

// parseCompose reads a compose file with the decoder of Buildkite's parser, which
// resolves aliases and merged keys within bounds.
func parseCompose(file string, text []byte) (parsed composeFile, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			err = syntax(file, "compose file", trouble)
		}
	}()
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return composeFile{}, syntax(file, "compose file", err)
	}
	content, err := ordered.DecodeYAML(&tree)
	if err != nil {
		return composeFile{}, syntax(file, "compose file", err)
	}
	services, _ := get(content, "services")
	if _, ok := services.(*ordered.MapSA); !ok {
		return composeFile{}, syntax(file, "compose file", "it has no services")
	}
	return composeFile{services, &tree}, nil
}

// at is the place of a service, or the file where the line is not known.
func (l *composeLoader) at(file, name string) string {
	services, _ := child(l.loaded[file].tree, "services")
	if _, line := child(services, name); line > 0 {
		return file + ":" + strconv.Itoa(line)
	}
	return file
}

// names lists the services of files that could be read.
func (l *composeLoader) names(files []string) (names []string) {
	for _, file := range files {
		if services, ok := l.loaded[file].services.(*ordered.MapSA); ok {
			_ = services.Range(func(name string, _ any) error {
				names = append(names, name)
				return nil
			})
		}
	}
	slices.Sort(names)
	return names
}

func problem(where, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}
