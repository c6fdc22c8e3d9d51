package sampler

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
)

// Serve is the inner half: it answers orders from in on out until in ends, which
// is also how it learns that the outer half is dead. Then it kills what runs and
// returns. Wait-status and orphans are process-wide, so it must be the only user
// of child processes in its process.
func Serve(in io.Reader, out io.Writer) error {
	// Terminal signals are for the outer half, which then closes the pipe. They
	// are caught and dropped, not ignored: benchmarks would inherit an ignore.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// The collector runs between executions only (see settle).
	debug.SetGCPercent(-1)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans: %w", err)
	}
	s := &server{decoder: json.NewDecoder(in), encoder: json.NewEncoder(out), spawns: make(chan spawn)}
	return s.serve()
}

type server struct {
	decoder *json.Decoder
	encoder *json.Encoder
	spawns  chan spawn
	current atomic.Pointer[process]
	closed  atomic.Bool
}

// spawn asks the pinned thread for one execution.
type spawn struct {
	process *process
	cpus    cpuset.Set
	at      time.Time
	limit   time.Duration
	done    chan error
}

func (s *server) serve() error {
	var setup Setup
	if err := s.decoder.Decode(&setup); err != nil {
		return fmt.Errorf("read setup: %w", err)
	}
	ready := s.prepare(setup)
	if err := s.encoder.Encode(ready); err != nil || ready.Error != "" {
		return err
	}
	orders := make(chan Order)
	go s.receive(orders)
	for order := range orders {
		if err := s.encoder.Encode(s.execute(order)); err != nil {
			return fmt.Errorf("send outcome: %w", err)
		}
	}
	return nil
}

// receive reads orders while a benchmark runs, because only so is the end of the
// input noticed in time to kill it.
func (s *server) receive(orders chan<- Order) {
	defer close(orders)
	for {
		var order Order
		if err := s.decoder.Decode(&order); err != nil {
			s.closed.Store(true)
			if p := s.current.Load(); p != nil {
				p.expire()
			}
			return
		}
		orders <- order
	}
}

// prepare pins this process and starts the thread that spawns.
func (s *server) prepare(setup Setup) Ready {
	ready := Ready{Protocol: Protocol, Home: os.Getenv("HOME")}
	if setup.Protocol != Protocol {
		ready.Error = fmt.Sprintf("protocol %d is asked for, this is protocol %d", setup.Protocol, Protocol)
		return ready
	}
	cpus, err := cpuset.Parse(setup.CPUs)
	harness, harnessErr := cpuset.Parse(setup.Harness)
	if err = errors.Join(err, harnessErr); err == nil && len(harness) > 0 {
		err = affinity.PinProcess(harness)
	}
	if err != nil {
		ready.Error = err.Error()
		return ready
	}
	started := make(chan error)
	go s.spawnOn(cpus, &ready.SpawnThread, started)
	if err := <-started; err != nil {
		ready.Error = err.Error()
	}
	return ready
}

// spawnOn owns the one thread that is pinned to the benchmark's CPUs. The
// runtime starts further threads from a clean one while this goroutine is
// locked, so no other thread inherits the mask; only benchmarks do.
func (s *server) spawnOn(cpus cpuset.Set, thread *int, started chan<- error) {
	runtime.LockOSThread()
	*thread = unix.Gettid()
	var now cpuset.Set
	err := pinTo(cpus, &now)
	started <- err
	for job := range s.spawns {
		wanted := job.cpus
		if len(wanted) == 0 {
			wanted = cpus
		}
		if err := pinTo(wanted, &now); err != nil {
			job.done <- err
			continue
		}
		job.process.floor, job.process.rehearsal = settle(job.process.attr)
		await(job.at)
		timer := time.AfterFunc(job.limit, job.process.expire)
		job.process.run()
		timer.Stop()
		job.done <- job.process.err
	}
}

// mostWait bounds how long a launch waits for its moment: a clock that is set
// meanwhile must not hold it up.
const mostWait = time.Second

// await sleeps on this very thread until a moment of the machine's clock.
func await(at time.Time) {
	if wait := min(time.Until(at), mostWait); wait > 0 {
		pause := unix.NsecToTimespec(int64(wait))
		for unix.Nanosleep(&pause, &pause) == unix.EINTR { // what is left is in pause
		}
	}
}

// execute carries out one order, and leaves no process of it.
func (s *server) execute(order Order) Outcome {
	cpus, err := cpuset.Parse(order.CPUs)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	defer stdin.Close()
	stdout, err := newCapture(order.MaxOut, 0)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	stderr, err := newCapture(0, max(order.MaxErr, 1))
	if err != nil {
		stdout.finish()
		return Outcome{Error: err.Error()}
	}
	process, err := newProcess(order, int(stdin.Fd()), stdout.write, stderr.write)
	var outcome Outcome
	if err == nil {
		outcome, err = s.launch(process, cpus, order)
	}
	stdout.finish()
	stderr.finish()
	if err != nil {
		outcome.Error = err.Error()
	}
	outcome.Stdout, outcome.StdoutLen, outcome.Stderr = stdout.head, stdout.total, stderr.last(order.MaxErr)
	return outcome
}

// launch hands the process to the pinned thread, guards its time limit, and
// sweeps up after it.
func (s *server) launch(p *process, cpus cpuset.Set, order Order) (Outcome, error) {
	s.current.Store(p)
	if s.closed.Load() {
		return Outcome{}, errors.New("the run has ended")
	}
	job := spawn{process: p, cpus: cpus, at: order.At, limit: order.Timeout, done: make(chan error)}
	s.spawns <- job
	err := <-job.done
	s.current.Store(nil)
	leftover := sweep()
	return Outcome{
		Accounts: p.accounts, Started: p.started, TimedOut: p.timedOut.Load(),
		Leftover: leftover, RSSFloor: p.floor, Rehearsal: p.rehearsal,
	}, err
}
