package site

import (
	"cmp"
	"context"
	"math"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// measure is what is compared with its like on the other side, whatever branch its
// commit is of.
type measure struct {
	suite, class, benchmark string
	metric                  results.Metric
}

// pairing is two sides that are being compared.
type pairing struct {
	base, head compared
	one        bool // both are of one class of hosts each: they pair across classes
}

func (p pairing) measureOf(s results.Series) measure {
	m := measure{s.Suite, s.Class, s.Benchmark, s.Metric}
	if p.one {
		m.class = ""
	}
	return m
}

// rows pairs what both sides have: of the same class, unless a side is of one class
// only. What one side lacks is in a row that says so.
func (s *Site) rows(ctx context.Context, r *reading, m *CompareModel, base, head compared) error {
	base, head = narrowed(base, head), narrowed(head, base)
	p := pairing{base, head, len(classesIn(base)) == 1 && len(classesIn(head)) == 1}
	a, b := p.newest(base.points), p.newest(head.points)
	shelf, err := s.catalogue(ctx)
	r.part("histories", err)
	seen, shared := map[measure]bool{}, p.sharedRuns()
	judge, differ := s.judge(ctx), s.differ(ctx, m)
	for _, point := range slices.Concat(head.points, base.points) {
		k := p.measureOf(point.Series)
		if seen[k] {
			continue
		}
		seen[k] = true
		row := p.row(a[k], b[k])
		for _, side := range []*results.Point{a[k], b[k]} {
			if side != nil && shelf.histories[historyKey(side.Series)].Key != "" {
				row.Page = historyAddress(side.Series)
			}
		}
		if row.Strength == SameEnv || row.Strength == Environment {
			r.part("verdicts", judge(&row, shared[k]))
		}
		if row.Strength == Environment {
			r.part("environments", differ(&row, *a[k], *b[k]))
		}
		m.Rows = append(m.Rows, row)
	}
	m.Rows = append(m.Rows, p.brokenRows(seen)...)
	slices.SortStableFunc(m.Rows, func(a, b CompareRow) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)))
	})
	return nil
}

// narrowed is a side without what the other cannot have: other suites and classes than
// its run's, or than its only one.
func narrowed(c, other compared) compared {
	classes := classesIn(other)
	if len(classes) != 1 {
		return c
	}
	shared := false
	for class := range classesIn(c) {
		shared = shared || classes[class]
	}
	if !shared {
		return c // two classes of hosts were asked for
	}
	suite := ""
	if other.run != "" && len(other.points) > 0 {
		suite = other.points[0].Series.Suite
	}
	foreign := func(class, of string) bool { return !classes[class] || suite != "" && of != suite }
	c.points = slices.DeleteFunc(slices.Clone(c.points), func(p results.Point) bool { return foreign(p.Series.Class, p.Series.Suite) })
	c.broken = slices.DeleteFunc(slices.Clone(c.broken), func(b brokenPart) bool { return foreign(b.class, b.suite) })
	return c
}

func classesIn(c compared) map[string]bool {
	classes := map[string]bool{}
	for _, p := range c.points {
		classes[p.Series.Class] = true
	}
	for _, b := range c.broken {
		classes[b.class] = true
	}
	return classes
}

// newest keeps the last point of each measure.
func (p pairing) newest(points []results.Point) map[measure]*results.Point {
	last := map[measure]*results.Point{}
	for i := range points {
		last[p.measureOf(points[i].Series)] = &points[i]
	}
	return last
}

// sharedRuns are the newest runs that have the one side as base and the other as head.
func (p pairing) sharedRuns() map[measure]string {
	type of struct {
		run string
		measure
	}
	heads, shared := map[of]bool{}, map[measure]string{}
	for _, point := range p.head.points {
		if point.Side == results.Head {
			heads[of{point.Run, p.measureOf(point.Series)}] = true
		}
	}
	for _, point := range p.base.points {
		if k := p.measureOf(point.Series); point.Side == results.Base && heads[of{point.Run, k}] {
			shared[k] = point.Run
		}
	}
	return shared
}
