//go:build ignore

// Recorder records runs as fast as the disk takes them, a round of forty executions after
// the other, and prints how many rounds a second it kept: go run recorder.go DB SECONDS.
// A run is as large as real ones are, so that a new one begins every second or so.

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

const (
	aRound = 40
	aRun   = 1500 // rounds
)

func main() {
	seconds, _ := strconv.Atoi(os.Args[2])
	kept, err := record(context.Background(), os.Args[1], time.Duration(seconds)*time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, "recorder:", err)
		os.Exit(1)
	}
	fmt.Printf("%.1f\n", float64(kept)/float64(seconds))
}

func record(ctx context.Context, path string, long time.Duration) (rounds int, err error) {
	s, err := store.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	id := ""
	for end := time.Now().Add(long); time.Now().Before(end); rounds++ {
		n := rounds % aRun
		if n == 0 {
			run := results.Run{ID: fmt.Sprintf("recorded-%d", time.Now().UnixNano()), Kind: results.Comparison, State: results.Measuring, Suite: "recorded", Class: "office", Created: time.Now()}
			if err := s.SaveRun(ctx, run); err != nil {
				return rounds, err
			}
			id = run.ID
		}
		if err := s.AppendExecutions(ctx, id, round(n)); err != nil {
			return rounds, err
		}
	}
	return rounds, nil
}

func round(n int) []results.Execution {
	list := make([]results.Execution, aRound)
	for i := range list {
		list[i] = results.Execution{
			Seq: n*aRound + i, Round: n, Benchmark: fmt.Sprintf("operator-%04d/case", i/2), Side: results.Sides()[i%2], Started: time.Now(),
			Samples: []results.Sample{{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: 1 / float64(n+i+1)}},
		}
	}
	return list
}
