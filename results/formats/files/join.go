package files

import (
	"fmt"

	"mtrlz.dev/perfrun/results"
)

// Pair is one metric of one benchmark on both sides; a side that does not have it
// has no groups.
type Pair struct {
	Benchmark  string
	Metric     results.Metric
	Base, Head [][]float64 // as in [Result]
}

// Join puts the results of two sets together, in the order of base, and then what
// head alone has. Go benchmarks are named with their package if the two sets
// together have several. The error is a [*results.Problem]: the sets are of
// different formats, or disagree about which way a metric is better.
func Join(base, head *Set) ([]Pair, error) {
	if base.Format != head.Format {
		return nil, problem(shown(head.Path), fmt.Sprintf("it is of %s, and %s is of %s", head.Format, shown(base.Path), base.Format), "compare results of one format")
	}
	full := len(packages(base.Results, head.Results)) > 1
	var pairs []Pair
	at := map[runKey]int{}
	for side, set := range []*Set{base, head} {
		for i := range set.Results {
			r := &set.Results[i]
			key := runKey{"", r.name(full), r.Metric.Key()}
			j, seen := at[key]
			if !seen {
				j = len(pairs)
				at[key] = j
				pairs = append(pairs, Pair{Benchmark: key.name, Metric: r.Metric})
			}
			pair := &pairs[j]
			if pair.Metric.Better != r.Metric.Better {
				return nil, disagree(shown(set.Path), key.name, r.Metric, pair.Metric)
			}
			if side == 0 {
				pair.Base = append(pair.Base, r.Groups...)
			} else {
				pair.Head = append(pair.Head, r.Groups...)
			}
		}
	}
	return pairs, nil
}
