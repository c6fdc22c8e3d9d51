package engine

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Labels that say whose a container is. Sweep goes by the owner.
const (
	labelRun   = "dev.mtrlz.perfrun.run"
	labelOwner = "dev.mtrlz.perfrun.owner"
)

// removeIn bounds the removal of a container; it has its own time because it
// must also happen after the run's context was cancelled.
const removeIn = 60 * time.Second

// create makes a container for command, not yet started. It runs as the user that
// the mounted folders belong to.
func (d *Docker) create(ctx context.Context, spec Spec, name string, command []string, cpus cpuset.Set) (string, error) {
	entry, err := d.entrypoint(ctx, spec.Image)
	if err != nil {
		return "", err
	}
	host := &container.HostConfig{
		NetworkMode: container.NetworkMode(spec.Network),
		Mounts:      d.mounts(spec),
		AutoRemove:  true,                              // a sampler whose perfrun was killed goes by itself
		LogConfig:   container.LogConfig{Type: "none"}, // or the daemon would write every answer of the sampler to its disk
		Resources:   resources(spec, cpus),
	}
	// Who is not root stays so. An image whose entrypoint makes a user needs its
	// set-user-id program for that.
	if spec.As.UID != 0 && len(entry) == 0 {
		host.CapDrop, host.SecurityOpt = []string{"ALL"}, []string{"no-new-privileges"}
	}
	created, err := d.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: fmt.Sprintf("perfrun-%s-%s-%s", spec.Run, spec.Side, name),
		Config: &container.Config{
			Image:       spec.Image,
			User:        spec.As.String(),
			Env:         append([]string{"HOME=" + homeDir}, spec.Env...),
			Entrypoint:  append(entry, command...),
			Cmd:         []string{},
			WorkingDir:  workDir,
			Hostname:    "perfrun",
			Labels:      map[string]string{labelRun: spec.Run, labelOwner: spec.Owner},
			AttachStdin: true, OpenStdin: true, StdinOnce: true,
			AttachStdout: true, AttachStderr: true,
			Healthcheck: &container.HealthConfig{Test: []string{"NONE"}}, // the image's own would run beside the benchmark
		},
		HostConfig: host,
	})
	if err != nil {
		return "", d.createProblem(spec, err)
	}
	return created.ID, nil
}

// resources confines a container to CPUs. Below a parent that has them to itself
// nothing is asked for: Docker would look for the CPUs among those that are left to
// everybody else, and not find them.
func resources(spec Spec, cpus cpuset.Set) container.Resources {
	if spec.Parent != "" {
		return container.Resources{CgroupParent: spec.Parent}
	}
	return container.Resources{CpusetCpus: cpus.String()}
}

func (d *Docker) createProblem(spec Spec, err error) error {
	if errdefs.IsNotFound(err) {
		return &results.Problem{
			Kind: results.CannotRun, Where: "image " + spec.Image,
			What: "it was removed from this machine while the run was being prepared",
			Next: "run again", Err: err, Passing: true,
		}
	}
	return fmt.Errorf("create container: %w", err)
}

// entrypoint is the part of the image's own entrypoint to keep. Entrypoints in
// general wrap or replace the command in ways that would be measured; the one
// kind that must stay is autouseradd, which pipeline images use to give the
// invoking user a name and then becomes the command.
func (d *Docker) entrypoint(ctx context.Context, image string) ([]string, error) {
	found, err := d.api.ImageInspect(ctx, image)
	if err != nil {
		return nil, d.createProblem(Spec{Image: image}, err)
	}
	if found.Config == nil || len(found.Config.Entrypoint) == 0 || path.Base(found.Config.Entrypoint[0]) != "autouseradd" {
		return nil, nil
	}
	return append([]string{}, found.Config.Entrypoint...), nil
}

func (d *Docker) mounts(spec Spec) []mount.Mount {
	mounts := []mount.Mount{
		{Type: mount.TypeBind, Source: spec.Work, Target: workDir},
		{Type: mount.TypeBind, Source: spec.Home, Target: homeDir},
		{Type: mount.TypeBind, Source: d.binary, Target: binary, ReadOnly: true},
	}
	if spec.GitDir != "" {
		mounts = append(mounts, mount.Mount{Type: mount.TypeBind, Source: spec.GitDir, Target: spec.GitDir, ReadOnly: true})
	}
	return mounts
}

// remove takes a container away whatever state it is in, also when ctx is done.
func (d *Docker) remove(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeIn)
	defer cancel()
	gone := d.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	_, err := d.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	switch {
	case err == nil || errdefs.IsNotFound(err):
		return nil
	case errdefs.IsConflict(err): // it is being removed already
		select {
		case <-gone.Result:
			return nil
		case err = <-gone.Error:
			if errdefs.IsNotFound(err) {
				return nil
			}
		}
	}
	return fmt.Errorf("remove container %.12s: %w", id, err)
}
