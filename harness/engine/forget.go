package engine

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Forget removes an image that can be pulled again: its registry is asked. One that
// is in none, that a container uses or that is not there is left as it is.
func (d *Docker) Forget(ctx context.Context, ref string) (removed bool, err error) {
	found, err := d.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) || err == nil && len(found.RepoDigests) == 0 {
		return false, nil
	}
	if err == nil {
		auth, askErr := login(ctx, ref)
		if askErr == nil {
			_, askErr = d.api.DistributionInspect(ctx, ref, client.DistributionInspectOptions{EncodedRegistryAuth: auth})
		}
		if askErr != nil {
			return false, nil
		}
		_, err = d.api.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
	}
	if errdefs.IsConflict(err) || errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove image %s: %w", ref, err)
	}
	return true, nil
}
