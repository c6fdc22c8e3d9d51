package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/moby/moby/client"

	"mtrlz.dev/perfrun/harness/host"
)

// Sweep implements Engine: it removes containers whose owner was a process of
// this machine that is dead. Those of a living perfrun, of another machine that
// shares the Engine, and of anybody else stay.
func (d *Docker) Sweep(ctx context.Context) ([]string, error) {
	list, err := d.api.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: client.Filters{}.Add("label", labelOwner),
	})
	if err != nil {
		return nil, fmt.Errorf("list containers of earlier runs: %w", err)
	}
	var removed []string
	var problems error
	for _, found := range list.Items {
		owner, err := host.ParseProcess(found.Labels[labelOwner])
		if err != nil || !owner.Here() || owner.Alive() {
			continue
		}
		if err := d.remove(ctx, found.ID); err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		removed = append(removed, fmt.Sprintf("container %.12s of run %s", found.ID, found.Labels[labelRun]))
	}
	return removed, problems
}
