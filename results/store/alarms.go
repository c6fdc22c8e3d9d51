package store

import (
	"cmp"
	"context"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// alarmDoc is one element of the JSON column of results.Alarm.
type alarmDoc struct {
	Benchmark exact  `json:"benchmark"`
	Case      exact  `json:"case,omitempty"`
	Metric    exact  `json:"metric"`
	Unit      exact  `json:"unit"`
	Better    string `json:"better"`
	Outcome   string `json:"outcome"`
}

func alarmToDoc(a results.Alarm) alarmDoc {
	m := a.Metric
	return alarmDoc{exact(a.Benchmark), exact(m.Case), exact(m.Name), exact(m.Unit), string(m.Better), string(a.Outcome)}
}

func alarmFromDoc(d alarmDoc) results.Alarm {
	return results.Alarm{
		Benchmark: string(d.Benchmark), Outcome: results.AlarmOutcome(d.Outcome),
		Metric: results.Metric{
			Case: string(d.Case), Name: string(d.Metric), Unit: string(d.Unit), Better: results.Direction(d.Better),
		},
	}
}

// hostFact is the fact of a run's environment that names its host.
const hostFact = "host.name"

// Alarms counts what became of the alarms of all runs of a suite, or of every
// suite where it is empty: one tally for each suite on each host, sorted by both.
// Runs count that confirm their alarms and were measured to the end, or until they
// confirmed: the alarms of one that was cut off there are open. Quarantined runs
// give no verdict and count nowhere.
func (s *Store) Alarms(ctx context.Context, suite string) ([]results.AlarmTally, error) {
	runs, err := s.list(ctx, "count alarms", `SELECT suite, environment, alarms FROM runs
		WHERE kind = 'comparison' AND finished IS NOT NULL AND state <> 'quarantined' AND looks NOT IN ('[]', 'null')
		AND (state = 'done' OR alarms NOT IN ('[]', 'null')) AND (? = '' OR suite = ?)`, suite, suite)
	if err != nil {
		return nil, err
	}
	type place struct{ suite, host string }
	tallies := map[place]*results.AlarmTally{}
	for _, run := range runs {
		at := place{run.Suite, results.FactOf(run.Env, hostFact)}
		if tallies[at] == nil {
			tallies[at] = &results.AlarmTally{Suite: at.suite, Host: at.host}
		}
		tallies[at].Add(run.Alarms)
	}
	list := []results.AlarmTally{}
	for _, tally := range tallies {
		list = append(list, *tally)
	}
	slices.SortFunc(list, func(a, b results.AlarmTally) int {
		return cmp.Or(cmp.Compare(a.Suite, b.Suite), cmp.Compare(a.Host, b.Host))
	})
	return list, nil
}
