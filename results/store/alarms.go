package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

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
	var rows []tallyRow
	err := s.read(ctx, "count alarms", func(tx *sqlx.Tx) (err error) {
		rows, _, err = legible(tx, func(r *tallyRow) []any { return []any{&r.suite, &r.host, &r.alarms, &r.runs} }, selectAlarms, suite, suite)
		return err
	})
	return tallied(rows), err
}

// selectAlarms is answered from an index of these columns alone. Most runs have the same
// alarms, none.
const selectAlarms = `SELECT suite, host, alarms, count(*) FROM runs
	WHERE kind = 'comparison' AND finished IS NOT NULL AND state <> 'quarantined' AND looks NOT IN ('[]', 'null')
	AND (state = 'done' OR alarms NOT IN ('[]', 'null')) AND (? = '' OR suite = ?) GROUP BY suite, host, alarms`

// tallyRow is how many runs of a suite on a host had exactly these alarms.
type tallyRow struct {
	suite  string
	host   raw
	alarms document[alarmDoc]
	runs   int
}

// tallied adds up the rows of each suite and host.
func tallied(rows []tallyRow) []results.AlarmTally {
	list, at := []results.AlarmTally{}, map[results.AlarmTally]int{}
	for _, r := range rows {
		place := results.AlarmTally{Suite: r.suite, Host: string(r.host)}
		i, known := at[place]
		if !known {
			i = len(list)
			at[place], list = i, append(list, place)
		}
		for range r.runs {
			list[i].Add(each(r.alarms, alarmFromDoc))
		}
	}
	slices.SortFunc(list, func(a, b results.AlarmTally) int {
		return cmp.Or(cmp.Compare(a.Suite, b.Suite), cmp.Compare(a.Host, b.Host))
	})
	return list
}
