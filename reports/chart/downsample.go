package chart

import "slices"

// keepSet is what is kept of one column: indices of spots, -1 where there is none.
type keepSet struct{ first, last, low, high, missing int }

// Downsample returns the spots that a picture of so many columns needs, in
// their order: of every column the first, the last, the lowest and the highest,
// and the first without a value. So neither an outlier nor a failure is lost,
// however many spots there are; of each column at most five remain. Spots must
// be in the order of commits.
func Downsample(points []Spot, columns int) []Spot {
	kept := keepers(points, columns)
	out := make([]Spot, len(kept))
	for n, i := range kept {
		out[n] = points[i]
	}
	return out
}

// keepers returns the indices of the spots that Downsample keeps.
func keepers(points []Spot, columns int) (kept []int) {
	columns = max(columns, 1)
	for from := 0; from < len(points); {
		column, to := columnOf(points, from, columns), from+1
		for to < len(points) && columnOf(points, to, columns) == column {
			to++
		}
		kept = append(kept, keepersOf(points, from, to).indices()...)
		from = to
	}
	return kept
}

// columnOf returns the column in which a spot lies. Numbers of commits may be
// anything, so floats carry them: they cannot overflow.
func columnOf(points []Spot, i, columns int) int {
	first, last := float64(points[0].X), float64(points[len(points)-1].X)
	if last <= first {
		return 0
	}
	share := (float64(points[i].X) - first) / (last - first)
	return min(max(int(share*float64(columns)), 0), columns-1)
}

// keepersOf chooses among the spots of one column.
func keepersOf(points []Spot, from, to int) keepSet {
	k := keepSet{from, to - 1, -1, -1, -1}
	for i := from; i < to; i++ {
		v := points[i].Value
		switch {
		case !finite(v):
			if k.missing < 0 {
				k.missing = i
			}
			continue
		case k.low < 0:
			k.low, k.high = i, i
		}
		if v < points[k.low].Value {
			k.low = i
		}
		if v > points[k.high].Value {
			k.high = i
		}
	}
	return k
}

// indices lists what is kept, once each, in order.
func (k keepSet) indices() []int {
	all := []int{k.first, k.last, k.low, k.high, k.missing}
	all = slices.DeleteFunc(all, func(i int) bool { return i < 0 })
	slices.Sort(all)
	return slices.Compact(all)
}
