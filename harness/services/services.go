package services

import (
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Wanted is `services:` of a perf.yml.
type Wanted struct {
	Compose  string   // path of the compose file in the repository's tree
	Services []string // those to bring up with what they depend on; empty: all but Run
	Run      string   // the service whose environment and network the benchmark gets; may be empty
	Measured []string // services that are under test: they get the benchmark's CPUs; the others the housekeeping ones
}

// Allow is what the machine's owner grants to compose files.
type Allow struct{ Privileged, HostNetwork, HostMounts bool }

// Place is where and for whom services run.
type Place struct {
	Run, Owner             string // as in engine.Spec
	Side                   results.Side
	Work                   string     // the side's tree on this machine
	Measured, Housekeeping cpuset.Set // empty: any CPU
	// Parent is the cgroup parent of the measured services' containers, as Docker's
	// driver takes it. Below it no CPUs are asked for: the parent has them.
	Parent string
	Env    map[string]string // for interpolation; nothing of this process's environment is
}

// Project is a compose file that was read, checked and placed.
type Project struct {
	Said []string // what Compose warned of, and what was left out
	Left []string // keys of the service that the benchmark takes the place of, which are not taken over

	name     string
	where    string // the compose file, for problems
	document []byte // what Compose is given
	images   map[string][]string
	built    []string
	names    []string // services to bring up
	jobs     map[string]bool
	measured map[string]bool
	network  string
	env      []string
	folders  []string // of binds, missing so far
	work     string
	kept     []kept // files that are mounted as copies
	stage    string // the folder of those
}

// Service is one that runs.
type Service struct {
	Name, ID      string
	Image, Digest string // as asked for, and what that was
	PID           int    // as this machine numbers it
	Measured      bool
}

// Labels that say whose a thing is, the same as those of package engine.
const (
	labelRun     = "dev.mtrlz.perfrun.run"
	labelOwner   = "dev.mtrlz.perfrun.owner"
	labelProject = "com.docker.compose.project"
	labelService = "com.docker.compose.service"
)

// Bounds. Pulling and building take as long as the caller's context lets them.
const (
	readIn   = time.Minute
	startIn  = 5 * time.Minute        // from the first container to the last that is healthy
	removeIn = time.Minute            // of its own: it must happen after a run was cancelled
	lookEach = 200 * time.Millisecond // at containers that are coming up
	settleIn = 500 * time.Millisecond // a second look, at those that end as soon as they began
	fileMax  = 1 << 20
	tailMax  = 4 << 10 // of what a program said, in a problem
)
