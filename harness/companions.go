package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/capped"
	"mtrlz.dev/perfrun/harness/cgroup"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/services"
	"mtrlz.dev/perfrun/results"
)

// companions are the services of one side, while it is measured. A nil one has none.
type companions struct {
	*services.Up
	measured []cgroup.Account // of those that share the benchmark's CPUs
}

// needCompose finds Compose where the suite has services.
func (h *Harness) needCompose(ctx context.Context, j *job) (err error) {
	if j.suite.Services == nil {
		return nil
	}
	if h.Engine.Name() != "docker" {
		return &results.Problem{
			Kind: results.BadInput, Where: j.run.SuitePath, What: "the suite has services, which Docker Compose brings up",
			Next: "measure with --engine docker",
		}
	}
	j.compose, err = services.Find(ctx)
	return err
}

// sweepServices removes what the services of dead runs left.
func (h *Harness) sweepServices(ctx context.Context, j *job) error {
	if j.compose == nil {
		return nil
	}
	removed, err := j.compose.Sweep(ctx, func(owner string) bool {
		process, err := host.ParseProcess(owner)
		return err != nil || !process.Here() || process.Alive()
	})
	for _, what := range removed {
		h.Progress.Say("removed what a killed run left: " + what)
	}
	return err
}

// companions brings up what a side's benchmarks need. Each block has them anew.
func (h *Harness) companions(ctx context.Context, j *job, side results.Side, calm *quiet.Session) (*companions, error) {
	if j.compose == nil {
		return nil, nil
	}
	asked := j.suite.Services
	wanted := services.Wanted{Compose: asked.Compose, Services: asked.Only, Run: asked.Run, Measured: asked.Measured}
	place := services.Place{
		Run: j.run.ID, Owner: h.Owner, Side: side, Work: j.trees[side],
		Measured: j.layout.Bench, Housekeeping: j.layout.Harness, Parent: calm.Parent(h.Engine.CgroupDriver()), Env: j.suite.Env,
	}
	project, err := j.compose.Read(ctx, wanted, place, h.Machine.Services)
	if err != nil {
		return nil, err
	}
	log, err := h.servicesLog(j, side)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	h.Progress.Say(fmt.Sprintf("starting services of %s", side))
	up, err := j.compose.Up(ctx, project, log)
	if err != nil {
		return nil, err
	}
	if left := project.Left; len(left) > 0 && side == results.Head && j.course.block == firstBlock {
		j.note("not taken of service "+asked.Run, strings.Join(left, ", "))
	}
	c := &companions{Up: up}
	return c, c.account(j, side)
}

// servicesLog is where Compose says what it does, beside the logs of builds.
func (h *Harness) servicesLog(j *job, side results.Side) (io.WriteCloser, error) {
	folder := filepath.Join(h.Logs, j.run.ID)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for logs: %w", err)
	}
	log, err := capped.Open(filepath.Join(folder, "services-"+string(side)+".log"), h.Machine.logSize())
	if err != nil {
		return nil, fmt.Errorf("write log of services: %w", err)
	}
	return log, nil
}

// account notes what runs, and finds where the time of measured services is written.
func (c *companions) account(j *job, side results.Side) (err error) {
	var words []string
	for _, s := range c.Services {
		where := "housekeeping cpus"
		if s.Measured {
			where = "the benchmark's cpus"
			account, findErr := cgroup.AccountOf("/", s.PID)
			if findErr != nil {
				err = errors.Join(err, fmt.Errorf("service %s: %w", s.Name, findErr))
			}
			c.measured = append(c.measured, account)
		}
		words = append(words, fmt.Sprintf("%s (%s, on %s)", s.Name, s.Image, where))
	}
	if j.course.block == firstBlock {
		j.note("services of "+string(side), strings.Join(words, ", "))
	}
	if err != nil {
		err = errors.Join(err, c.down())
	}
	return err
}

// network is what benchmarks are on, as guards word it.
func (j *job) network() string {
	if j.compose != nil {
		return engine.NetworkOfServices
	}
	return j.suite.Network
}

// join puts a side's container beside its services.
func (c *companions) join(spec *engine.Spec) {
	if c == nil {
		return
	}
	spec.Network = c.Network
	spec.Env = append(append([]string{}, c.Env...), spec.Env...) // the suite's own win
}

// used is the processor time of measured services so far: it is spent on the
// benchmark's CPUs and is no disturbance.
func (c *companions) used() (sum time.Duration) {
	if c == nil {
		return 0
	}
	for _, account := range c.measured {
		used, err := account.Used()
		if err != nil {
			return 0 // the service is gone, which the next check says
		}
		sum += used
	}
	return sum
}

// check fails when a service is not what it was.
func (c *companions) check(ctx context.Context) error {
	if c == nil {
		return nil
	}
	return c.Check(ctx)
}

func (c *companions) down() error {
	if c == nil {
		return nil
	}
	return c.Down(context.Background())
}
