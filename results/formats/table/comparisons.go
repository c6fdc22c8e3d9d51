package table

import (
	"fmt"
	"io"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// sideColumns are those of a table of comparisons.
var (
	sideColumns = []string{"benchmark", "side", "group", "value"}
	unitColumns = []string{"metric", "unit", "better"}
)

// ReadComparisons reads a table with the header benchmark,side,group,value, and
// perhaps metric, unit and better (lower or higher; lower where it is not said).
// side is base or head. Values of one group share one luck, as those of an
// execution, a build or an instance do; where group is empty each value is a group
// of its own. Rows of a benchmark need not stand together; pairs come in the order
// in which benchmarks first appear. name is what mistakes are reported under.
func ReadComparisons(r io.Reader, name string, minEffect float64) ([]verdict.Pair, error) {
	t, err := open(r, name, sideColumns, unitColumns)
	if err != nil {
		return nil, err
	}
	c := collector{pairs: map[pairKey]*sides{}, minEffect: minEffect}
	if err := t.each(func() error { return c.add(t) }); err != nil {
		return nil, err
	}
	if len(c.order) == 0 {
		return nil, t.problem(2, 1, "it has no row below the header", "give a row for each value")
	}
	return c.list(), nil
}

type pairKey struct {
	benchmark string
	metric    results.Metric
}

// sides gathers the groups of a pair.
type sides struct {
	groups [2][][]float64
	index  [2]map[string]int
}

type collector struct {
	pairs     map[pairKey]*sides
	order     []pairKey
	minEffect float64
}

func (c *collector) add(t *reader) error {
	key := pairKey{t.text("benchmark"), results.Metric{Name: t.text("metric"), Unit: t.text("unit"), Better: results.Lower}}
	if key.metric.Name == "" {
		key.metric.Name = "value"
	}
	switch better := t.text("better"); better {
	case "", string(results.Lower):
	case string(results.Higher):
		key.metric.Better = results.Higher
	default:
		return t.at("better", fmt.Sprintf("%q is no direction", shortened(better)), "give lower or higher")
	}
	side := 0
	switch text := t.text("side"); text {
	case string(results.Base):
	case string(results.Head):
		side = 1
	default:
		return t.at("side", fmt.Sprintf("%q is no side", shortened(text)), "give base or head")
	}
	value, err := t.number("value")
	if err != nil {
		return err
	}
	s := c.pairs[key]
	if s == nil {
		s = &sides{index: [2]map[string]int{{}, {}}}
		c.pairs[key] = s
		c.order = append(c.order, key)
	}
	s.add(side, t.text("group"), value)
	return nil
}

func (s *sides) add(side int, group string, value float64) {
	at, known := s.index[side][group]
	if !known || group == "" {
		at = len(s.groups[side])
		s.index[side][group] = at
		s.groups[side] = append(s.groups[side], nil)
	}
	s.groups[side][at] = append(s.groups[side][at], value)
}

func (c *collector) list() []verdict.Pair {
	list := make([]verdict.Pair, len(c.order))
	for i, key := range c.order {
		s := c.pairs[key]
		list[i] = verdict.Pair{Benchmark: key.benchmark, Metric: key.metric, MinEffect: c.minEffect, Base: s.groups[0], Head: s.groups[1]}
	}
	return list
}
