package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Down takes a project away, also after ctx is done. Images that were built stay as
// long as the perfrun that built them, so that a later block of the run measures the
// same; Sweep takes them.
func (u *Up) Down(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.down {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	// What Compose could not do, or does not know of, is done without it: what it says
	// is of interest only where something is left.
	asked, enough := context.WithTimeout(ctx, removeIn)
	defer enough()
	said := u.program.compose(asked, u.project, nil, "down", "--volumes", "--remove-orphans", "--timeout", "5")
	ctx, cancel := context.WithTimeout(ctx, removeIn)
	defer cancel()
	if err := u.program.remove(ctx, u.project.name); err != nil {
		return errors.Join(fmt.Errorf("take away services of %s: %w", u.project.where, err), said)
	}
	u.down = true
	return u.project.removeCopies()
}

// remove removes a project's containers, networks and volumes by their labels.
func (p *Program) remove(ctx context.Context, project string) error {
	var problems error
	for _, kind := range []string{"container", "network", "volume"} {
		found, err := p.things(ctx, kind, labelProject+"="+project)
		if err != nil {
			return err
		}
		for _, each := range found {
			problems = errors.Join(problems, p.removeThing(ctx, kind, each.id))
		}
	}
	return problems
}

// thing is something that Docker keeps for a project.
type thing struct{ id, owner, run, project string }

// things lists what carries a label.
func (p *Program) things(ctx context.Context, kind, label string) ([]thing, error) {
	id := "{{.ID}}"
	args := []string{kind, "ls", "--filter", "label=" + label}
	switch kind {
	case "container":
		args = append(args, "--all", "--no-trunc")
	case "network":
		args = append(args, "--no-trunc")
	case "volume":
		id = "{{.Name}}"
	}
	format := id
	for _, name := range []string{labelOwner, labelRun, labelProject} {
		format += fmt.Sprintf("\t{{.Label %q}}", name)
	}
	text, err := p.dock(ctx, append(args, "--format", format)...)
	if err != nil {
		return nil, engineFault("list what services left", err)
	}
	var found []thing
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 4 {
			found = append(found, thing{id: fields[0], owner: fields[1], run: fields[2], project: fields[3]})
		}
	}
	return found, nil
}

// removeThing removes one; that it is gone already is as well.
func (p *Program) removeThing(ctx context.Context, kind, id string) error {
	args := []string{kind, "rm", "--force", id}
	switch kind {
	case "container":
		args = []string{kind, "rm", "--force", "--volumes", id}
	case "network":
		args = []string{kind, "rm", id}
		p.disconnect(ctx, id)
	}
	_, err := p.dock(ctx, args...)
	var failed *failure
	if errors.As(err, &failed) && gone(failed.said) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove %s %.12s: %w", kind, id, err)
	}
	return nil
}

func gone(said string) bool {
	said = strings.ToLower(said)
	return slices.ContainsFunc([]string{"no such ", "not found", "already in progress"}, func(words string) bool { return strings.Contains(said, words) })
}

// disconnect frees a network from containers that are still on it, such as a sampler
// that is being removed. What goes wrong shows when the network is removed.
func (p *Program) disconnect(ctx context.Context, network string) {
	ids, err := p.dock(ctx, "network", "inspect", "--format", `{{range $id, $_ := .Containers}}{{$id}} {{end}}`, network)
	if err != nil {
		return
	}
	for _, id := range strings.Fields(ids) {
		_, _ = p.dock(ctx, "network", "disconnect", "--force", network, id)
	}
}
