package store

import (
	"maps"
	"sync"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// dictionary remembers the numbers of benchmark names, metrics, series and
// environments. Rows of these tables never change, so a number once committed holds
// for good, whichever process added it.
type dictionary struct {
	mu sync.Mutex // held through an append: one connection writes, so nobody waits longer for it
	numbers
}

type numbers struct {
	benchmarks   map[string]int64
	metrics      map[results.Metric]int64
	series       map[results.Series]int64
	environments map[string]int64 // by digest
}

func newNumbers() numbers {
	return numbers{map[string]int64{}, map[results.Metric]int64{}, map[results.Series]int64{}, map[string]int64{}}
}

func newDictionary() *dictionary { return &dictionary{numbers: newNumbers()} }

// lookup is one transaction's view of the dictionary. What it adds becomes known
// through keep, after the commit: a rollback takes the rows back.
type lookup struct {
	known, fresh numbers
	tx           *sqlx.Tx
}

func (d *dictionary) begin(tx *sqlx.Tx) lookup {
	return lookup{known: d.numbers, fresh: newNumbers(), tx: tx}
}

func (l lookup) keep() {
	maps.Copy(l.known.benchmarks, l.fresh.benchmarks)
	maps.Copy(l.known.metrics, l.fresh.metrics)
	maps.Copy(l.known.series, l.fresh.series)
	maps.Copy(l.known.environments, l.fresh.environments)
}

func (l lookup) benchmark(name string) (int64, error) {
	return find(l.tx, l.known.benchmarks, l.fresh.benchmarks, name,
		"INSERT INTO benchmarks (name) VALUES (?) ON CONFLICT DO NOTHING",
		"SELECT id FROM benchmarks WHERE name = ?", raw(name))
}

func (l lookup) metric(m results.Metric) (int64, error) {
	if id, ok := l.known.metrics[m]; ok { // spares find's arguments, once a sample
		return id, nil
	}
	return find(l.tx, l.known.metrics, l.fresh.metrics, m,
		"INSERT INTO metrics (case_name, name, unit, better) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		"SELECT id FROM metrics WHERE case_name = ? AND name = ? AND unit = ? AND better = ?",
		raw(m.Case), raw(m.Name), raw(m.Unit), string(m.Better))
}

func (l lookup) oneSeries(s results.Series) (int64, error) {
	if id, ok := l.known.series[s]; ok {
		return id, nil
	}
	benchmark, err := l.benchmark(s.Benchmark)
	if err != nil {
		return 0, err
	}
	metric, err := l.metric(s.Metric)
	if err != nil {
		return 0, err
	}
	return find(l.tx, l.known.series, l.fresh.series, s,
		"INSERT INTO series (suite, branch, class, benchmark, metric) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		"SELECT id FROM series WHERE suite = ? AND branch = ? AND class = ? AND benchmark = ? AND metric = ?",
		s.Suite, raw(s.Branch), raw(s.Class), benchmark, metric)
}

func (l lookup) environment(digest string) (int64, error) {
	return find(l.tx, l.known.environments, l.fresh.environments, digest,
		"INSERT INTO environments (digest) VALUES (?) ON CONFLICT DO NOTHING",
		"SELECT id FROM environments WHERE digest = ?", digest)
}

// find returns the number of a key: the one known, the one this transaction
// found, or that of its row, which is made where there is none.
func find[K comparable](tx *sqlx.Tx, known, fresh map[K]int64, key K, insert, query string, args ...any) (id int64, err error) {
	if id, ok := known[key]; ok {
		return id, nil
	}
	if id, ok := fresh[key]; ok {
		return id, nil
	}
	if _, err := tx.Exec(insert, args...); err != nil {
		return 0, err
	}
	if err := tx.Get(&id, query, args...); err != nil {
		return 0, err
	}
	fresh[key] = id
	return id, nil
}
