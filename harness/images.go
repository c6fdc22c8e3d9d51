package harness

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/harness/image"
	"mtrlz.dev/perfrun/results"
)

// resolveImages finds the image of each side. Both use the one of the head
// commit, so that only the code differs, unless the suite says that the image
// itself is under test.
func (h *Harness) resolveImages(ctx context.Context, j *job) (err error) {
	if h.Engine.Name() == "host" {
		return nil
	}
	if j.run.HeadImage, err = h.resolveImage(ctx, j, results.Head); err != nil {
		return err
	}
	j.run.BaseImage, j.images[results.Base], j.stepEnv[results.Base] = j.run.HeadImage, j.images[results.Head], j.stepEnv[results.Head]
	if j.suite.Image.PerSide {
		j.run.BaseImage, err = h.resolveImage(ctx, j, results.Base)
	}
	if err == nil {
		h.noteImageChange(ctx, j)
	}
	return err
}

// noteImageChange says where the two commits name different images: both sides are
// measured in head's then, unless the image itself is under test.
func (h *Harness) noteImageChange(ctx context.Context, j *job) {
	if j.suite.Image.Pipeline == "" {
		return
	}
	base, err := h.fromPipeline(ctx, j, results.Base)
	head := j.run.HeadImage.Ref
	words := ""
	switch {
	case err != nil:
		words = fmt.Sprintf("base's pipeline names no image (%v); both sides are measured in head's", err)
	case base.Ref == head:
		return
	case j.suite.Image.PerSide:
		words = fmt.Sprintf("from %s to %s; each side is measured in its own", base.Ref, head)
	default:
		words = fmt.Sprintf("from %s to %s; both sides are measured in head's, so that only code differs", base.Ref, head)
	}
	j.note("image changes", words)
	h.Progress.Say("the image changes between base and head " + words)
}

func (h *Harness) resolveImage(ctx context.Context, j *job, side results.Side) (results.Image, error) {
	wanted := results.Image{Ref: j.suite.Image.Ref}
	if j.suite.Image.Pipeline != "" {
		choice, err := h.fromPipeline(ctx, j, side)
		if err != nil {
			return results.Image{}, err
		}
		wanted = results.Image{Ref: choice.Ref, Pipeline: choice.Pipeline, Step: choice.Step}
		j.stepEnv[side] = choice.Env
		if side == results.Head {
			j.noteStep(choice)
		}
	}
	if wanted.Ref == "" {
		return results.Image{}, &results.Problem{
			Kind: results.BadInput, Where: j.run.SuitePath,
			What: "the suite names no image to measure in",
			Next: "add image: {ref: NAME:TAG} or image: {pipeline: FILE, step: KEY}, or measure without docker: --engine host",
		}
	}
	found, err := h.Engine.Resolve(ctx, wanted.Ref, sayWriter{h.Progress})
	if err != nil {
		return results.Image{}, err
	}
	wanted.Digest, j.images[side] = found.Digest, found
	return wanted, nil
}

// noteStep says what of the pipeline's step reaches what is measured, and what does not.
// Values may be secrets: they are not told.
func (j *job) noteStep(choice image.Choice) {
	notes := choice.Notes
	if names := slices.Sorted(maps.Keys(choice.Env)); len(names) > 0 {
		notes = append([]string{"variables: " + strings.Join(names, ", ")}, notes...)
	}
	if j.suite.Services == nil && choice.Service != "" {
		notes = append(notes, choice.Service)
	}
	if len(notes) > 0 {
		j.note("of the pipeline's step", strings.Join(notes, "; "))
	}
}

// fromPipeline reads the pipeline at the side's commit.
func (h *Harness) fromPipeline(ctx context.Context, j *job, side results.Side) (image.Choice, error) {
	read := func(path string) ([]byte, error) { return j.mirror.ReadFile(ctx, j.commit(side).Rev, path) }
	return image.FromPipeline(read, j.suite.Image.Pipeline, j.suite.Image.Step, nil)
}

// sayWriter turns lines that are written into lines that are said.
type sayWriter struct{ to Progress }

func (w sayWriter) Write(b []byte) (int, error) {
	w.to.Say(string(b))
	return len(b), nil
}
