package jsonfile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mtrlz.dev/perfrun/results/formats/jsontext"
	"mtrlz.dev/perfrun/results/formats/unit"
)

// jmhWords are the numbers that JMH writes as text.
var jmhWords = map[string]float64{"NaN": math.NaN(), "+INF": math.Inf(1), "-INF": math.Inf(-1)}

// jmhPercentiles are those that become metrics. JMH prints some beyond, which
// take a million calls to mean anything.
var jmhPercentiles = []float64{50, 90, 99, 99.9}

// maxCount bounds the calls of one bin, so that those of a whole file can be added
// up; JMH takes some thousand samples an iteration.
const maxCount = 1 << 36

// bin is how often a time was sampled.
type bin struct {
	value float64
	count int64
}

// jmhSampled adds what mode sample yields: the mean of each iteration in the
// group of its fork, and the percentiles of each fork.
func (c *collector) jmhSampled(o object, entry Entry, scoreUnit string) error {
	percentiles := make([][][]float64, len(jmhPercentiles))
	for fork := range o.members["rawDataHistogram"].Elements() {
		var group []float64
		var all []bin
		for iteration := range fork.Elements() {
			bins, err := jmhBins(iteration, scoreUnit)
			if err != nil {
				return err
			}
			if mean, ok := meanOf(bins); ok {
				group = append(group, mean)
			}
			all = append(all, bins...)
		}
		if len(group) == 0 {
			continue
		}
		entry.Groups = append(entry.Groups, group)
		slices.SortFunc(all, func(a, b bin) int { return cmp.Compare(a.value, b.value) })
		for i, p := range jmhPercentiles {
			percentiles[i] = append(percentiles[i], []float64{percentile(all, p)})
		}
	}
	if len(entry.Groups) == 0 {
		return c.jmhScore(o, entry, scoreUnit)
	}
	name := entry.Metric.Name
	if err := c.add(o.Value, entry); err != nil {
		return err
	}
	for i, p := range jmhPercentiles {
		entry.Metric.Name, entry.Groups = fmt.Sprintf("p%v %s", p, name), percentiles[i]
		if err := c.add(o.Value, entry); err != nil {
			return err
		}
	}
	return nil
}

// jmhBins reads [[time, count], ...] of one iteration.
func jmhBins(iteration jsontext.Value, scoreUnit string) (bins []bin, err error) {
	for pair := range iteration.Elements() {
		numbers, err := numbers(pair, "a bin", jmhNext)
		if err != nil {
			return nil, err
		}
		if len(numbers) != 2 || !finite(numbers[0]) || !(numbers[1] >= 1 && numbers[1] <= maxCount) {
			return nil, pair.Problem("a bin is no pair of a time and a count", jmhNext)
		}
		value, _ := unit.Base(numbers[0], scoreUnit)
		bins = append(bins, bin{value, int64(numbers[1])})
	}
	return bins, nil
}

// meanOf returns the mean; false of nothing.
func meanOf(bins []bin) (float64, bool) {
	sum, count := 0.0, 0.0
	for _, b := range bins {
		sum += b.value * float64(b.count)
		count += float64(b.count)
	}
	return sum / count, count > 0
}

// percentile returns the p-th percentile of sorted bins as JMH has it
// (MultisetStatistics.getPercentile, after Apache Commons Math): linear between
// the order statistics around p (n+1) / 100, and never beyond the ends.
func percentile(bins []bin, p float64) float64 {
	var n int64
	for _, b := range bins {
		n += b.count
	}
	position := p * float64(n+1) / 100
	whole := math.Floor(position)
	switch {
	case whole < 1:
		return bins[0].value
	case whole >= float64(n):
		return bins[len(bins)-1].value
	}
	lower, upper := ranked(bins, int64(whole)), ranked(bins, int64(whole)+1)
	return lower + (position-whole)*(upper-lower)
}

// ranked returns the value of a rank, counted from 1.
func ranked(bins []bin, rank int64) float64 {
	for _, b := range bins {
		if rank -= b.count; rank <= 0 {
			return b.value
		}
	}
	return bins[len(bins)-1].value
}
