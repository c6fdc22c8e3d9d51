package image

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/distribution/reference"

	"mtrlz.dev/perfrun/results"
)

// Lookup reads a file of the commit, by its slash-separated path from the
// repository's top; errors.Is(err, fs.ErrNotExist) tells a missing one.
type Lookup func(path string) ([]byte, error)

// Choice is an image and where it was found.
type Choice struct {
	Ref      string // as the pipeline names it, variables filled in
	Pipeline string // the pipeline file
	Step     string // the step's key, or its label where it has none
	Via      string // "docker plugin", or "service app in docker-compose.yml"
}

// FromPipeline returns the image that a step of a pipeline file runs in. env
// adds variables to those that the pipeline and the step set; the environment of
// this process is never used.
func FromPipeline(read Lookup, pipelinePath, step string, env map[string]string) (Choice, error) {
	text, err := readFile(read, pipelinePath, "the suite's image.pipeline names it")
	if err != nil {
		return Choice{}, err
	}
	pipe, err := parsePipeline(pipelinePath, text)
	if err != nil {
		return Choice{}, err
	}
	found, err := pipe.find(step)
	if err != nil {
		return Choice{}, err
	}
	vars := pipe.variables(found, env)
	raw, via, err := rawImage(read, pipe, found, vars)
	if err != nil {
		return Choice{}, err
	}
	ref, err := fill(raw, vars)
	if err != nil {
		return Choice{}, pipe.problem(fmt.Sprintf("the image %q of step %q: %v", raw, found.name(), err), "set it in env: of the pipeline or the step, or give the suite image.ref")
	}
	if err := check(ref); err != nil {
		return Choice{}, pipe.problem(fmt.Sprintf("the image %q of step %q is no image reference: %v", ref, found.name(), err), "correct it in the pipeline")
	}
	return Choice{Ref: ref, Pipeline: pipelinePath, Step: found.name(), Via: via}, nil
}

// rawImage finds the image as it is written, by whichever plugin runs the step.
func rawImage(read Lookup, pipe *pipelineFile, s *step, vars map[string]string) (raw, via string, err error) {
	if config, ok := s.plugin("docker"); ok {
		raw, err := stringAt(config, "image")
		if err != nil {
			return "", "", pipe.problem(fmt.Sprintf("the docker plugin of step %q: %v", s.name(), err), "give it an image: NAME:TAG")
		}
		if strings.Contains(raw, "{{matrix") {
			return "", "", pipe.problem(fmt.Sprintf("the image of step %q depends on its matrix", s.name()), "name a step with one image, or give the suite image.ref")
		}
		return raw, "docker plugin", nil
	}
	if config, ok := s.plugin("docker-compose"); ok {
		return composeImage(read, pipe, s, config, vars)
	}
	return "", "", pipe.problem(
		fmt.Sprintf("step %q runs in no image: it has neither the docker nor the docker-compose plugin", s.name()),
		"name one that does: "+quoteAll(pipe.withImage()))
}

// check refuses what Docker would not take for a reference.
func check(ref string) error {
	_, err := reference.ParseAnyReference(ref)
	return err
}

func readFile(read Lookup, path, why string) ([]byte, error) {
	text, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &results.Problem{Kind: results.BadInput, Where: path, What: "the commit has no such file; " + why, Next: "correct the path", Err: err}
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(text) > maxFile:
		return nil, &results.Problem{Kind: results.BadInput, Where: path, What: fmt.Sprintf("it is larger than %d KiB", maxFile>>10), Next: "name a pipeline or compose file"}
	}
	return text, nil
}

// maxFile is far above any pipeline; it bounds what a parser is fed.
const maxFile = 1 << 20

// merged returns the union of variables; later maps win.
func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}
