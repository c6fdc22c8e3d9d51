//go:build ignore

// Recorder records runs as fast as the disk takes them, a round of forty executions after
// the other: go run recorder.go DB SECONDS TURN. Readers ask in every second turn of so many
// seconds (see readers.go). It prints how many rounds a second it kept while nobody asked, how
// many beside the readers, and the second over the first as the median, the least and the
// most of neighbouring turns: machines become slower and faster for minutes, databases grow.
// A run is as large as real ones are, so that a new one begins every second or so; none ends,
// after which all pages are made anew: what that costs is asked for by itself.

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
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
	turn, _ := strconv.ParseInt(os.Args[3], 10, 64)
	kept, err := record(context.Background(), os.Args[1], time.Duration(seconds)*time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, "recorder:", err)
		os.Exit(1)
	}
	print(rates(kept, turn))
}

// record returns how many rounds were kept in each second.
func record(ctx context.Context, path string, long time.Duration) (kept map[int64]int, err error) {
	s, err := store.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	id, kept := "", map[int64]int{}
	for end, rounds := time.Now().Add(long), 0; time.Now().Before(end); rounds++ {
		n := rounds % aRun
		if n == 0 {
			run := results.Run{ID: fmt.Sprintf("recorded-%d", time.Now().UnixNano()), Kind: results.Comparison, State: results.Measuring, Suite: "recorded", Class: "office", Created: time.Now()}
			if err := s.SaveRun(ctx, run); err != nil {
				return nil, err
			}
			id = run.ID
		}
		if err := s.AppendExecutions(ctx, id, round(n)); err != nil {
			return nil, err
		}
		kept[time.Now().Unix()]++
	}
	return kept, nil
}

// rates are rounds a second of each whole turn, in their order, without its first second:
// pages are on the way then. beside says whether readers asked.
func rates(kept map[int64]int, turn int64) (list []rate) {
	turns, seconds := map[int64]float64{}, map[int64]float64{}
	for at, rounds := range kept {
		if at%turn > 0 {
			turns[at/turn] += float64(rounds)
			seconds[at/turn]++
		}
	}
	for n, rounds := range turns {
		if seconds[n] == float64(turn-1) {
			list = append(list, rate{n, rounds / seconds[n], n%2 == 1})
		}
	}
	slices.SortFunc(list, func(a, b rate) int { return int(a.turn - b.turn) })
	return list
}

type rate struct {
	turn   int64
	rounds float64
	beside bool
}

func print(list []rate) {
	var alone, beside, ratios []float64
	for i, r := range list {
		if !r.beside {
			alone = append(alone, r.rounds)
			continue
		}
		beside = append(beside, r.rounds)
		if i > 0 && i+1 < len(list) {
			ratios = append(ratios, 2*r.rounds/(list[i-1].rounds+list[i+1].rounds))
		}
	}
	fmt.Printf("%.0f %.0f %.2f %.2f %.2f\n", median(alone), median(beside), median(ratios), slices.Min(ratios), slices.Max(ratios))
}

func median(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
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
