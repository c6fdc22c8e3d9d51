package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"mtrlz.dev/perfrun/results"
)

// Docker runs processes in containers of one Docker Engine.
type Docker struct {
	api    *client.Client
	binary string // this program on the host, static
	facts  []results.Fact
	driver string
	root   string // of its data
}

// OpenDocker connects to the Engine that the environment names (DOCKER_HOST),
// else to the local socket. binary is this program's file: it is mounted into
// containers, whose images may hold no C library, so it must be static.
func OpenDocker(ctx context.Context, binary string) (*Docker, error) {
	if err := requireStatic(binary); err != nil {
		return nil, err
	}
	api, err := client.New(client.FromEnv)
	if err != nil {
		return nil, &results.Problem{Kind: results.CannotRun, Where: "docker", What: err.Error(), Next: "check DOCKER_HOST", Err: err}
	}
	info, err := api.Info(ctx, client.InfoOptions{})
	if err != nil {
		_ = api.Close()
		return nil, unreachable(api.DaemonHost(), err)
	}
	return &Docker{api: api, binary: binary, driver: info.Info.CgroupDriver, root: info.Info.DockerRootDir, facts: []results.Fact{
		{Name: "docker.version", Value: info.Info.ServerVersion},
		{Name: "docker.storage", Value: info.Info.Driver},
		{Name: "docker.cgroup", Value: "v" + info.Info.CgroupVersion + " " + info.Info.CgroupDriver},
		{Name: "docker.runtime", Value: info.Info.DefaultRuntime},
		{Name: "docker.security", Value: strings.Join(info.Info.SecurityOptions, " ")},
	}}, nil
}

// unreachable tells the three ways in which an Engine is not there.
func unreachable(host string, err error) error {
	problem := &results.Problem{Kind: results.CannotRun, Where: host, Err: err}
	// The client words a refused socket itself, so the socket is asked.
	access := error(nil)
	if socket, parseErr := url.Parse(host); parseErr == nil && socket.Scheme == "unix" {
		access = dial(socket.Path)
	}
	switch {
	case errors.Is(access, fs.ErrPermission) || errdefs.IsPermissionDenied(err):
		problem.What = "docker is not permitted to this user"
		problem.Next = "add the user to the docker group and log in again, or run as root, or measure without docker: --engine host"
	case errors.Is(access, fs.ErrNotExist):
		problem.What = "docker is not here: its socket does not exist"
		problem.Next = "install it (apt-get install docker.io), or measure without docker: --engine host"
	default:
		problem.Passing = true
		problem.What = fmt.Sprintf("docker does not answer: %v", err)
		problem.Next = "start it (systemctl start docker), or measure without docker: --engine host"
	}
	return problem
}

// Name implements Engine.
func (d *Docker) Name() string { return "docker" }

// Root is the folder of the Engine's images and containers, where it is one of this
// machine's; else it is empty.
func (d *Docker) Root() string {
	if info, err := os.Stat(d.root); err != nil || !info.IsDir() || !strings.HasPrefix(d.api.DaemonHost(), "unix:") {
		return ""
	}
	return d.root
}

// CgroupDriver implements Engine.
func (d *Docker) CgroupDriver() string { return d.driver }

// Facts implements Engine.
func (d *Docker) Facts() []results.Fact { return d.facts }

// Close implements Engine.
func (d *Docker) Close() error { return d.api.Close() }

// Resolve implements Engine. A local image is used as it is: a pipeline's images
// are tagged by date and time and never move.
func (d *Docker) Resolve(ctx context.Context, ref string, talk io.Writer) (Image, error) {
	found, err := d.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		if err := d.pull(ctx, ref, talk); err != nil {
			return Image{}, err
		}
		found, err = d.api.ImageInspect(ctx, ref)
	}
	if errdefs.IsInvalidArgument(err) {
		return Image{}, &results.Problem{
			Kind: results.BadInput, Where: "image " + ref,
			What: fmt.Sprintf("docker does not take this for an image's name: %v", err), Next: "check its name", Err: err,
		}
	}
	if err != nil {
		return Image{}, fmt.Errorf("look up image %s: %w", ref, err)
	}
	image := Image{Ref: ref, ID: found.ID, Digest: found.ID}
	if len(found.RepoDigests) > 0 {
		image.Digest = found.RepoDigests[0]
	}
	return image, nil
}

func (d *Docker) pull(ctx context.Context, ref string, talk io.Writer) error {
	fmt.Fprintf(talk, "pulling image %s\n", ref)
	auth, err := login(ctx, ref)
	if err != nil {
		return err
	}
	response, err := d.api.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: auth})
	if err == nil {
		err = response.Wait(ctx)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &results.Problem{
		Kind: results.BadInput, Where: "image " + ref,
		What: fmt.Sprintf("it is not on this machine and cannot be pulled: %v", err),
		Next: "check its name, pull or build it by hand, or log in to its registry",
		Err:  err,
		// Registries that do not know an image, or us, know neither later.
		Passing: !errdefs.IsNotFound(err) && !errdefs.IsUnauthorized(err) && !errdefs.IsPermissionDenied(err),
	}
}

// Guards implements Engine.
func (d *Docker) Guards(spec Spec) []results.Guard {
	network := results.Guard{Aspect: "network", Held: true, Detail: "benchmarks had no network"}
	if spec.Network == NetworkOfServices {
		network.Detail = "benchmarks had no network but that of their services"
		return []results.Guard{network, filesystemGuard}
	}
	if spec.Network != "none" {
		network = results.Guard{
			Aspect: "network",
			Detail: fmt.Sprintf("the suite asks for the %s network: traffic of others could disturb benchmarks", spec.Network),
		}
	}
	return []results.Guard{
		network,
		filesystemGuard,
	}
}

var filesystemGuard = results.Guard{Aspect: "filesystem", Held: true, Detail: "benchmarks saw their image and their side's tree only"}

// NetworkOfServices stands, where guards are asked for, for a network that holds
// nothing but services of the benchmark's own.
const NetworkOfServices = "services"
