package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/harness/witness"
	"mtrlz.dev/perfrun/results"
)

// bench is the open part of a block: one sampler a side.
type bench struct {
	sides    map[results.Side]*place
	now      func() time.Time
	quiet    *quiet.Session
	watch    *witness.Watcher
	watchers map[string]*witness.Watcher // by the CPUs that they watch
}

// place is where one side is executed.
type place struct {
	session *engine.Session
	sampler *sampler.Client
	tree    *os.Root // the side's source tree, for results that are files
	pinning engine.Pinning
	spawner witness.Sampler // the thread that launches
	tally   *tally          // nil: instructions are not counted
	as      engine.As       // whom benchmarks run as
	beside  *companions     // nil: there are none
}

func (h *Harness) openBench(ctx context.Context, j *job, session *quiet.Session) (*bench, error) {
	b := &bench{
		sides: map[results.Side]*place{}, now: h.Now, quiet: session, watchers: map[string]*witness.Watcher{},
	}
	b.watch = b.watcher(j.layout.Bench)
	for _, side := range results.Sides() {
		p, err := h.openPlace(ctx, j, side, session)
		if err != nil {
			return nil, errors.Join(err, b.close())
		}
		b.sides[side] = p
	}
	if err := b.bothOrNone(j); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// openPlace starts a sampler and proves that what it launches is where it should
// be.
func (h *Harness) openPlace(ctx context.Context, j *job, side results.Side, calm *quiet.Session) (*place, error) {
	spec := h.spec(j, side)
	spec.Network, spec.Env = j.suite.Network, settings(j.stepEnv[side], j.suite.Env)
	spec.Parent, spec.Procs = calm.Parent(h.Engine.CgroupDriver()), calm.Procs()
	beside, err := h.companions(ctx, j, side, calm)
	if err != nil {
		return nil, err
	}
	beside.join(&spec)
	session, err := h.Engine.Start(ctx, spec, j.layout.Bench.Union(j.layout.Sampler))
	if err != nil {
		return nil, errors.Join(err, beside.down())
	}
	p := &place{session: session, as: j.as, beside: beside}
	p.sampler, err = sampler.Connect(ctx, session, sampler.Setup{CPUs: j.run.Plan.CPUs, Harness: j.layout.Sampler.String()})
	if err != nil {
		return nil, errors.Join(p.lost(err), session.Close(), beside.down())
	}
	p.pinning = engine.Pinning{Bench: j.layout.Bench, Harness: j.layout.Sampler, SpawnThread: p.sampler.Ready.SpawnThread}
	p.spawner.PID = session.PID
	p.spawner.TID, err = session.HostThread(p.sampler.Ready.SpawnThread)
	if err == nil {
		p.tree, err = os.OpenRoot(j.trees[side])
	}
	if err == nil {
		err = p.probe(ctx)
	}
	if err == nil {
		p.tally, err = h.openTally(ctx, j, p)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *place) close() error {
	if p.tree != nil {
		_ = p.tree.Close()
	}
	return errors.Join(p.tally.close(), p.session.Close(), p.beside.down())
}

func (b *bench) close() (err error) {
	for _, p := range b.sides {
		err = errors.Join(err, p.close())
	}
	return err
}

// probeIn bounds how long the probe may take to appear.
const probeIn = 20 * time.Second

// probe launches a process as a benchmark would be launched, looks at it from
// the host while it lives, and ends it.
func (p *place) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, probeIn, fmt.Errorf("the probe did not appear within %s", probeIn))
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		argv := append(append([]string{p.session.Binary}, engine.SamplerArgs...), "--probe")
		outcome, err := p.sampler.Execute(ctx, sampler.Order{Argv: argv, Dir: p.session.Work, Timeout: probeIn, MaxErr: sampler.DefaultMaxErr})
		if err == nil && outcome.Error != "" {
			err = fmt.Errorf("start a probe: %s", outcome.Error)
		}
		ended <- err
	}()
	looked := false
	for {
		seen, err := p.session.Verify(p.pinning)
		looked = looked || seen > 0
		if looked || err != nil {
			p.endProbe() // again and again: what was seen may have been the launch's rehearsal
		}
		if err != nil {
			return errors.Join(notPinned(err), <-ended)
		}
		select {
		case err := <-ended:
			if err == nil && !looked {
				err = errors.New("the probe ended before it was looked at")
			}
			return err
		case <-time.After(time.Millisecond):
		}
	}
}

// endProbe tells the probe to end; if it cannot be told, its time limit ends it.
func (p *place) endProbe() {
	pids, _ := p.session.Processes()
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
}

// verify checks the shield, the pins and the services again: a container's CPUs can be
// changed while it runs, anybody can break a partition, and a server can die.
func (b *bench) verify(ctx context.Context) error {
	if err := stillQuiet(b.quiet); err != nil {
		return err
	}
	for _, p := range b.sides {
		if _, err := p.session.Verify(p.pinning); err != nil {
			return notPinned(err)
		}
		if err := p.beside.check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func notPinned(err error) error {
	if err == nil {
		return nil
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: "cpus", What: fmt.Sprintf("isolation does not hold: %v", err),
		Next: "find what changes the CPUs of containers or processes on this machine, or choose others with --cpus", Err: err,
	}
}

// watcher returns the one that watches these CPUs.
func (b *bench) watcher(cpus cpuset.Set) *witness.Watcher {
	key := cpus.String()
	if b.watchers[key] == nil {
		b.watchers[key] = witness.New("/", cpus)
	}
	return b.watchers[key]
}

// lost explains a sampler that went away.
func (p *place) lost(err error) error {
	if said := p.session.Stderr(); said != "" {
		return fmt.Errorf("%w; the sampler said: %q", err, said)
	}
	return fmt.Errorf("%w; the sampler is gone without a word: was it or its container killed, or is memory short?", err)
}
