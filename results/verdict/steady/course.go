package steady

import "math"

// course is a row of relative values whose first part may be warm-up, and its noise.
type course struct {
	raw    []float64 // as they are
	values []float64 // cut off, and in bins
	each   int       // how many values are in a bin
	unit   float64   // the deviation that means of many bins behave as if each had
	noise  noise     // of values
	rows   int       // whose middle this is
}

const (
	// cut is where values are cut off, in standard deviations: one beyond is an
	// outlier, and so far from the level that it makes no difference how far.
	cut = 4.0
	// mostBins bounds the work: a longer row is taken in bins of equal size, and its
	// warm-up is known to half a percent of its length.
	mostBins = 200
	// mostOfOne is the same where only the state of a row is of interest.
	mostOfOne = 100
	// byMedian is the fewest rows whose middle is their median; fewer are averaged.
	byMedian = 3
	// ofMedian is by how much the deviation of a median is larger than that of a
	// mean, of normal values.
	ofMedian = 1.2533
)

// profile is what rows have in common at each of their first n places: the median,
// which one odd row in three does not move. Single is the noise of a row around it,
// so that a course they share is not taken for noise.
func profile(rows [][]float64, n int) (shared course, single noise) {
	if len(rows) < byMedian {
		return together(rows, n), noiseOf(rows)
	}
	middle, column := make([]float64, n), []float64(nil)
	for i := range middle {
		column = column[:0]
		for _, row := range rows {
			if i < len(row) {
				column = append(column, row[i])
			}
		}
		middle[i] = median(column)
	}
	rest := make([][]float64, len(rows))
	for k, row := range rows {
		for i := range min(n, len(row)) {
			rest[k] = append(rest[k], row[i]-middle[i])
		}
	}
	single = noiseOf(rest)
	// Each row is a part of the middle, and scatters that much less around it.
	count := float64(len(rows))
	single.sd *= math.Sqrt(count / (count - 1))
	own := noise{single.sd * ofMedian / math.Sqrt(count), single.phi}
	shared = newCourse(middle, own, single.far(), len(rows), mostBins)
	// What goes up and down at every step in all rows is not in any row's noise.
	rough := noiseOf([][]float64{middle})
	shared.unit = max(shared.unit, rough.sd*math.Sqrt((1-rough.phi)/float64(shared.each)))
	return shared, single
}

// together is the mean of rows, each cut off so that an outlier of one is not a
// place where both are slow. What rows share they may also share as noise, so the
// noise is that of the mean.
func together(rows [][]float64, n int) course {
	middle, raw, count := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, row := range rows {
		for i, v := range clipped(row[:min(n, len(row))], noiseOf([][]float64{row}).far()) {
			count[i]++
			middle[i] += v // sums first: two sides may change places
			raw[i] += row[i]
		}
	}
	for i, c := range count {
		middle[i] /= c
		raw[i] /= c
	}
	own := noiseOf([][]float64{middle})
	shared := newCourse(middle, own, own.far(), len(rows), mostBins)
	shared.raw = raw
	return shared
}

// newCourse takes values in at most so many bins, cut off so far from their level.
func newCourse(values []float64, own noise, far float64, rows, most int) course {
	each := (len(values) + most - 1) / most
	near, bins := clipped(values, far), make([]float64, len(values)/each)
	for i := range bins {
		bins[i] = meanOf(near[i*each : (i+1)*each])
	}
	return course{values, bins, each, own.lasting() / math.Sqrt(float64(each)), own, rows}
}

// around is how many neighbours either way tell where a value's level is.
const around = 5

// clipped values are at most so far from the middle of their neighbours.
func clipped(values []float64, far float64) []float64 {
	near := make([]float64, len(values))
	for i, v := range values {
		level := median(values[max(0, i-around):min(len(values), i+around+1)])
		near[i] = min(max(v, level-far), level+far)
	}
	return near
}
