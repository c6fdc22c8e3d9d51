// Storegen writes a large database for benchmarks of what reads one: histories of many
// benchmarks over many commits on two classes of hosts, with steps, noise, gaps and
// changes of the environment, run after run as a box would have stored them. The same
// arguments write the same values.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// plan is how large the database is to be.
type plan struct {
	benchmarks, commits int
	seed                uint64
	path                string
}

func main() {
	p := plan{}
	flag.IntVar(&p.benchmarks, "benchmarks", 1000, "how many benchmarks")
	flag.IntVar(&p.commits, "commits", 2000, "how many commits")
	flag.Uint64Var(&p.seed, "seed", 1, "of the values")
	flag.StringVar(&p.path, "o", "generated.db", "file to write, which must not exist")
	flag.Parse()
	if err := p.write(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "storegen:", err)
		os.Exit(1)
	}
}

var classes = []string{"office", "cloud"}

func (p plan) write(ctx context.Context) error {
	if _, err := os.Stat(p.path); err == nil {
		return fmt.Errorf("%s exists", p.path)
	}
	s, err := store.Open(ctx, p.path)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := p.runs(ctx, s); err != nil {
		return err
	}
	if err := p.points(ctx, s); err != nil {
		return err
	}
	if err := p.steps(ctx, s); err != nil {
		return err
	}
	return p.lookBacks(ctx, s)
}

var begin = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)

func commit(n int) results.Commit {
	return results.Commit{Rev: fmt.Sprintf("%040x", n+1), Subject: fmt.Sprintf("Change number %d of the planner", n), Author: "Ada", When: begin.Add(time.Duration(n) * 12 * time.Hour), Branch: "main"}
}

func runID(class string, n int) string { return fmt.Sprintf("%s-%05d", class, n) }

// runs are one for each commit and class, and a calibration now and then.
func (p plan) runs(ctx context.Context, s *store.Store) error {
	for n := range p.commits {
		for _, class := range classes {
			at := commit(n).When.Add(time.Hour)
			run := results.Run{
				ID: runID(class, n), Kind: results.Comparison, State: results.Done, Suite: "generated", Class: class, User: "ci", Repo: "db",
				Base: commit(max(n-1, 0)), Head: commit(n), Created: at, Finished: at.Add(time.Hour), Env: []results.Fact{{Name: "host.name", Value: class}},
			}
			if n%100 == 99 {
				run.ID, run.Kind, run.Noise = run.ID+"-calibration", results.Calibration, p.noise()
			}
			if err := s.SaveRun(ctx, run); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p plan) noise() (list []results.Noise) {
	for b := range min(p.benchmarks, 50) {
		list = append(list, results.Noise{Benchmark: name(b), Metric: wall, Rounds: 30, CV: 0.005, Floor: 0.004 + 0.0001*float64(b), Visible: 0.01, FalseAlarms: 0.002})
	}
	return list
}

func name(b int) string { return fmt.Sprintf("operator-%04d/case", b) }

var wall = results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}

func series(b int, class string) results.Series {
	return results.Series{Suite: "generated", Branch: "main", Class: class, Benchmark: name(b), Metric: wall}
}

// level is where a benchmark stands at a commit: it steps every few hundred commits, up
// and down.
func (p plan) level(b, n int) float64 {
	level := 0.001 * float64(b%97+1)
	for at := 150 + b%211; at < n; at += 300 + b%301 {
		if (at+b)%3 == 0 {
			level *= 1.08
		} else if (at+b)%3 == 1 {
			level *= 0.93
		}
	}
	return level
}

func (p plan) point(b, class, n int) results.Point {
	random := rand.New(rand.NewPCG(p.seed, uint64(n)<<32|uint64(b)<<1|uint64(class)))
	noise := 0.002 * float64(1+9*class)
	v := p.level(b, n) * (1 + 0.3*float64(class)) * (1 + noise*random.NormFloat64())
	return results.Point{
		Series: series(b, classes[class]), Run: runID(classes[class], n), Side: results.Head, Commit: commit(n),
		Environment: fmt.Sprintf("environment-%d", n*2/p.commits), Value: v, Low: v * (1 - noise), High: v * (1 + noise), N: 20,
	}
}

// points stores what each run says of its commit, with a gap here and there.
func (p plan) points(ctx context.Context, s *store.Store) error {
	for n := range p.commits {
		if n%100 == 99 { // a calibration
			continue
		}
		for c, class := range classes {
			points := make([]results.Point, 0, p.benchmarks)
			for b := range p.benchmarks {
				if (n+b)%41 != 0 {
					points = append(points, p.point(b, c, n))
				}
			}
			if err := s.AddPoints(ctx, runID(class, n), points); err != nil {
				return err
			}
		}
		if n%100 == 98 {
			fmt.Fprintf(os.Stderr, "%d of %d commits\n", n+1, p.commits)
		}
	}
	return nil
}

// steps announces what the levels do, on the office's hosts.
func (p plan) steps(ctx context.Context, s *store.Store) error {
	var list []results.Step
	for b := range p.benchmarks {
		for n := 1; n < p.commits; n++ {
			before, after := p.level(b, n-1), p.level(b, n)
			if before == after || n%100 == 99 {
				continue
			}
			change := after/before - 1
			list = append(list, results.Step{
				Series: series(b, "office"), Environment: fmt.Sprintf("environment-%d", n*2/p.commits), Good: commit(n - 1).Rev, Bad: commit(n).Rev,
				Change: change, Low: change - 0.002, High: change + 0.002, Before: before, After: after,
				Source: results.FromRun, Run: runID("office", n), Announced: commit(n).When.Add(2 * time.Hour),
			})
		}
	}
	return s.Announce(ctx, list)
}

// lookBacks keeps what the newest run of each series would have kept.
func (p plan) lookBacks(ctx context.Context, s *store.Store) error {
	list := make([]results.LookBack, len(classes)*p.benchmarks)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range list {
		group.Go(func() error {
			h, err := s.History(ctx, series(i/len(classes), classes[i%len(classes)]))
			list[i] = verdict.TimelineOf(h, nil, nil).Search()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.KeepLookBacks(context.WithoutCancel(ctx), list)
}
