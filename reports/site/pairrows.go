package site

import (
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// rank puts what is broken first, and last what was asked of one side only.
func rank(r CompareRow) int {
	switch r.Strength {
	case BrokenSide:
		return 0
	case NotInA, NotInB:
		return 2
	}
	return 1
}

// row is one measure; a side that lacks it is nil.
func (p pairing) row(a, b *results.Point) CompareRow {
	if a == nil || b == nil {
		return p.halfRow(a, b)
	}
	row := CompareRow{
		Suite: a.Series.Suite, Benchmark: a.Series.Benchmark, Metric: a.Series.Metric, Classes: [2]string{a.Series.Class, b.Series.Class},
		Has: [2]bool{true, true}, A: a.Value, B: b.Value, Strength: SameEnv,
	}
	if a.Value > 0 && b.Value > 0 {
		row.Ratio, row.Change = true, b.Value/a.Value-1
	}
	if a.Environment != b.Environment {
		row.Strength = Environment
	}
	return row
}

// halfRow is a measure that one side has: the other lacks it, or broke.
func (p pairing) halfRow(a, b *results.Point) CompareRow {
	of, lacking, strength := a, p.head, NotInB
	if a == nil {
		of, lacking, strength = b, p.base, NotInA
	}
	row := CompareRow{
		Suite: of.Series.Suite, Benchmark: of.Series.Benchmark, Metric: of.Series.Metric, Classes: [2]string{of.Series.Class, of.Series.Class},
		Has: [2]bool{a != nil, b != nil}, Strength: strength,
	}
	if a != nil {
		row.A = a.Value
	} else {
		row.B = b.Value
	}
	for _, broken := range lacking.broken {
		if k := p.brokenMeasure(broken); k.benchmark == row.Benchmark && k.suite == row.Suite && (p.one || k.class == of.Series.Class) && (k.metric == results.Metric{} || k.metric == row.Metric) {
			row.Strength, row.Reason, row.Run = BrokenSide, words.Plain(broken.outcome.Reason), broken.run
		}
	}
	return row
}

func (p pairing) brokenMeasure(b brokenPart) measure {
	return p.measureOf(results.Series{Suite: b.suite, Class: b.class, Benchmark: b.outcome.Benchmark, Metric: b.outcome.Metric})
}

// brokenRows are what no side has a value of, and one was asked for.
func (p pairing) brokenRows(seen map[measure]bool) (rows []CompareRow) {
	named := map[measure]bool{}
	for k := range seen {
		named[measure{suite: k.suite, class: k.class, benchmark: k.benchmark}] = true
	}
	for _, b := range slices.Concat(p.head.broken, p.base.broken) {
		k := p.brokenMeasure(b)
		if seen[k] || named[k] { // with its values on the other side
			continue
		}
		seen[k] = true
		rows = append(rows, CompareRow{
			Suite: b.suite, Benchmark: b.outcome.Benchmark, Metric: b.outcome.Metric, Classes: [2]string{b.class, b.class},
			Strength: BrokenSide, Reason: words.Plain(b.outcome.Reason), Run: b.run,
		})
	}
	return rows
}
