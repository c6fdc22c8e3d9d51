package main

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results/verdict/simulate"
)

// streamSuites is how many suites of each kind of noise are measured; a suite of
// equal sides may raise an alarm in one case of twenty.
const streamSuites = 60

// streamRows lets runs of simulated benchmarks stop by themselves: whole suites of
// one kind of noise each, with all looks.
func streamRows(string) ([]Row, error) {
	var rows []Row
	for _, stream := range simulate.Streams() {
		suites, alarms := 0, 0
		for suite := range uint64(streamSuites) {
			n := streamAlarms(stream, suite, 0)
			alarms += n
			suites += min(n, 1)
		}
		found := 0
		const few = 5
		for suite := range uint64(few) {
			found += streamAlarms(stream, 1000+suite, 0.10)
		}
		share := float64(suites) / streamSuites
		rows = append(rows, Row{
			Task: fmt.Sprintf("simulated, %s, %d suites of %d", stream.Name, streamSuites, suiteSize),
			Figure: fmt.Sprintf("an alarm in %.1f %% of suites, %s of comparisons, before confirmation; 10 %% found in %.1f %%",
				100*share, percent(float64(alarms)/(streamSuites*suiteSize)), 100*float64(found)/(few*suiteSize)),
			// Of 60 suites at 5 % each, seven or more have an alarm in one case of forty.
			Wanted: "at most nominal: 5 % of suites, give or take chance", Missed: suites > 6,
		})
	}
	return rows, nil
}

// streamAlarms counts alarms in one suite.
func streamAlarms(stream simulate.Stream, suite uint64, effect float64) int {
	names := make([]string, suiteSize)
	sides := make([][2][]float64, suiteSize)
	for i := range names {
		names[i] = fmt.Sprint(strings.ReplaceAll(stream.Name, " ", "-"), i)
		sides[i][0], sides[i][1] = stream.Run(suite*suiteSize+uint64(i), mostRounds, effect)
	}
	_, alarmed := stopping(names, func(i, round int) (base, head float64) { return sides[i][0][round], sides[i][1][round] })
	return len(alarmed)
}
