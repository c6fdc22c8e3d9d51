package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Sweep removes what projects left whose owner is dead, and says what. alive decides
// about the owners that things are labelled with; where it does not know one, such as
// a process of another machine, it should say that it lives.
func (p *Program) Sweep(ctx context.Context, alive func(owner string) bool) ([]string, error) {
	var removed []string
	var problems error
	for _, kind := range []string{"container", "network", "volume", "image"} {
		found, err := p.labelled(ctx, kind)
		if err != nil {
			return removed, errors.Join(problems, err)
		}
		for _, each := range found {
			// Containers of other packages have no project.
			if each.project == "" && kind != "image" || each.owner == "" || alive(each.owner) {
				continue
			}
			if err := p.removeThing(ctx, kind, each.id); err != nil {
				problems = errors.Join(problems, err)
				continue
			}
			removed = append(removed, fmt.Sprintf("%s %.12s of services of run %s", kind, strings.TrimPrefix(each.id, "sha256:"), each.run))
		}
	}
	return removed, problems
}

// labelled lists what has an owner.
func (p *Program) labelled(ctx context.Context, kind string) ([]thing, error) {
	if kind != "image" {
		return p.things(ctx, kind, labelOwner)
	}
	ids, err := p.dock(ctx, "image", "ls", "--quiet", "--no-trunc", "--filter", "label="+labelOwner)
	if err != nil {
		return nil, engineFault("list what services left", err)
	}
	var found []thing
	for _, id := range strings.Fields(ids) {
		text, err := p.dock(ctx, "image", "inspect", "--format", "{{json .Config.Labels}}", id)
		if err != nil {
			continue // it is gone
		}
		var labels map[string]string
		if err := json.Unmarshal([]byte(text), &labels); err != nil {
			return nil, fmt.Errorf("inspect image %s: %w", id, err)
		}
		found = append(found, thing{id: id, owner: labels[labelOwner], run: labels[labelRun]})
	}
	return found, nil
}
