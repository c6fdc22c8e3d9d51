package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Engine builds and measures one run at a time.
type Engine interface {
	// Name is "docker" or "host".
	Name() string
	// Resolve finds the image, pulling it if it is not here; talk gets progress.
	Resolve(ctx context.Context, ref string, talk io.Writer) (Image, error)
	// Build runs a shell script to its end on all CPUs and returns its exit
	// status. Its output goes to log.
	Build(ctx context.Context, spec Spec, script string, log io.Writer) (int, error)
	// Start launches a sampler that may use cpus and returns the pipe to it.
	Start(ctx context.Context, spec Spec, cpus cpuset.Set) (*Session, error)
	// Trivial makes the smallest image in which a sampler runs, and returns what
	// takes it away again.
	Trivial(ctx context.Context) (id string, remove func() error, err error)
	// Sweep removes what dead runs of this machine left, and says what.
	Sweep(ctx context.Context) ([]string, error)
	// Facts are the engine's part of the environment.
	Facts() []results.Fact
	// Guards says what the engine isolates a benchmark from, and what not.
	Guards(spec Spec) []results.Guard
	// CgroupDriver is Docker's: "systemd" or "cgroupfs"; empty on the host.
	CgroupDriver() string
	// Close releases the connection.
	Close() error
}

// Image is a resolved image reference.
type Image struct {
	Ref    string // as asked for
	ID     string // of this machine's copy; what containers are made from
	Digest string // the registry's digest, or ID where the image never was in one
}

// Spec is where and as what a process runs.
type Spec struct {
	Run     string       // the run's id
	Owner   string       // the process that drives the run, see host.Process
	Side    results.Side //
	Image   string       // Image.ID; unused on the host
	Work    string       // the side's source tree on this machine
	Home    string       // its persistent HOME on this machine
	GitDir  string       // what Work's .git file points to, kept readable at the same path; may be empty
	Network string       // "none", "bridge" or "host"
	Env     []string     // NAME=value, added to the image's own
	Parent  string       // cgroup parent of the sampler's container, as Docker's driver takes it; empty: Docker's own
	As      As           // whom it runs as; the zero value: who runs perfrun
	Procs   string       // on the host: the cgroup.procs file that takes the sampler in; empty: none
}

// As is a user of this machine. Root is nobody that strangers' code should run as,
// so As{0, 0} stands for whoever runs perfrun.
type As struct{ UID, GID int }

// ParseAs reads "UID:GID"; empty is the zero value.
func ParseAs(text string) (As, error) {
	if text == "" {
		return As{}, nil
	}
	uid, gid, ok := strings.Cut(text, ":")
	u, errUID := strconv.ParseUint(uid, 10, 31)
	g, errGID := strconv.ParseUint(gid, 10, 31)
	if !ok || errUID != nil || errGID != nil || u == 0 || g == 0 {
		return As{}, &results.Problem{Kind: results.BadInput, Where: "--run-as", What: strconv.Quote(text) + " is no user", Next: "give UID:GID, neither of them 0"}
	}
	return As{int(u), int(g)}, nil
}

// String is the user as Docker takes it.
func (a As) String() string {
	if a == (As{}) {
		return fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
	}
	return fmt.Sprintf("%d:%d", a.UID, a.GID)
}

// Session is a running sampler: the pipe to it, and how to look at it from the
// outside.
type Session struct {
	io.ReadWriteCloser
	Work   string        // where Spec.Work is for the benchmark
	Binary string        // where this program is for the benchmark
	PID    int           // the sampler, as this machine numbers it
	Stderr func() string // what the sampler said of its own troubles
}

// Places inside a container. Both sides see the same paths, so that neither the
// length of a path nor what is compiled from it differs between them. The work
// folder is where Buildkite's docker plugin mounts a checkout.
const (
	workDir = "/workdir"
	homeDir = "/perfrun/home"
	binary  = "/perfrun/perfrun"
)

// SamplerArgs is the command line, after the program, that starts the inner half
// of the sampler.
var SamplerArgs = []string{"sampler"}
