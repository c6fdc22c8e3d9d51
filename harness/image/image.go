package image

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/distribution/reference"

	"mtrlz.dev/perfrun/results"
)

// Choice is an image and where it was found.
type Choice struct {
	Ref      string // as the pipeline names it, variables filled in
	Pipeline string // the pipeline file
	Step     string // the step's key, or its label where it has none
	Via      string // "docker plugin", or "service app in docker-compose.yml"

	Env     map[string]string // that the step's plugin gives its container
	Notes   []string          // what else it gives it, and is not taken over
	Service string            // the same of the compose service; empty: nothing
}

// found is an image as it is written.
type found struct {
	raw   string   // with its variables
	via   string   // as Choice has it
	where string   // for messages: the file, and the line where known
	left  []string // keys of the compose service that are not taken over
}

// FromPipeline returns the image that a step of a pipeline file runs in. env
// adds variables to those that the pipeline and the step set; the environment of
// this process is never used. list, where given, names the commit's files, so
// that the error for a missing pipeline can say which there are. Everything that
// is wrong with the files is a results.Problem of kind BadInput.
func FromPipeline(read Lookup, pipelinePath, step string, env map[string]string, list ...List) (Choice, error) {
	text, err := readFile(read, pipelinePath, "the suite's image.pipeline names it")
	if err != nil {
		return Choice{}, withPipelines(err, list)
	}
	pipe, err := parsePipeline(pipelinePath, text)
	if err != nil {
		return Choice{}, err
	}
	s, err := pipe.find(step)
	if err != nil {
		return Choice{}, err
	}
	vars := pipe.variables(s, env)
	image, err := rawImage(read, pipe, s, vars)
	if err != nil {
		return Choice{}, err
	}
	ref, err := image.reference(s, vars)
	if err != nil {
		return Choice{}, err
	}
	choice := Choice{Ref: ref, Pipeline: pipelinePath, Step: s.name(), Via: image.via}
	choice.Env, choice.Notes = s.settings(vars)
	if len(image.left) > 0 {
		choice.Service = fmt.Sprintf("not taken of %s: %s; the suite's services.run takes a service's environment", image.via, strings.Join(image.left, ", "))
	}
	return choice, nil
}

// rawImage finds the image as it is written, by whichever plugin runs the step.
func rawImage(read Lookup, pipe *pipelineFile, s *step, vars map[string]string) (found, error) {
	if config, ok := s.plugin("docker"); ok {
		raw, err := stringAt(config, "image")
		if err != nil {
			return found{}, pipe.problem(s, fmt.Sprintf("the docker plugin of step %q: %v", s.name(), err), "give it an image: NAME:TAG")
		}
		return found{raw: raw, via: "docker plugin", where: pipe.at(s)}, nil
	}
	if config, ok := s.plugin("docker-compose"); ok {
		return composeImage(read, pipe, s, config, vars)
	}
	return found{}, pipe.problem(s,
		fmt.Sprintf("step %q runs in no image: it has neither the docker nor the docker-compose plugin", s.name()),
		"name one that does: "+quoteAll(pipe.withImage()))
}

// matrixToken is where Buildkite puts one value of a step's matrix.
var matrixToken = regexp.MustCompile(`\{\{\s*matrix\b`)

// reference fills in the variables and checks that Docker would take the result.
func (f found) reference(s *step, vars map[string]string) (string, error) {
	wrong := func(what, next string) error {
		return &results.Problem{Kind: results.BadInput, Where: f.where, What: what, Next: next}
	}
	ref, err := fill(f.raw, vars)
	if err != nil {
		return "", wrong(fmt.Sprintf("the image %q of step %q: %v", clip(f.raw), s.name(), err), "set it in env: of the pipeline or the step, or give the suite image.ref")
	}
	if matrixToken.MatchString(ref) {
		return "", wrong(fmt.Sprintf("the image of step %q depends on its matrix", s.name()), "name a step with one image, or give the suite image.ref")
	}
	if _, err := reference.ParseAnyReference(ref); err != nil {
		return "", wrong(fmt.Sprintf("the image %q of step %q is no image reference: %v", clip(ref), s.name(), err), "correct it there")
	}
	return ref, nil
}

// clip keeps a message readable.
func clip(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
