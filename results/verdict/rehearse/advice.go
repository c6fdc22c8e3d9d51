package rehearse

import (
	"math"
	"time"

	"mtrlz.dev/perfrun/results/verdict"
)

const (
	// wanted is the share of runs that must find an effect.
	wanted = 0.9
	// leastVerdict is how many rounds a verdict on noisy values needs.
	leastVerdict = 6
	// mostNeeded bounds the rounds that are worth saying, as many times those that
	// there were: an estimate does not reach further.
	mostNeeded = 50
	// early is how many times the rounds of one look are needed where there are
	// several: error is spent on each, and an alarm that comes early is confirmed with
	// as few rounds as it took, so that more at the end help less. With it 80 to 99 % of
	// simulated runs found an effect, whose noise was normal, skewed or shared by rounds.
	early = 4.0 / 3
	// tooNear is how much smaller than chance asks the standard error may have to be
	// because the effect is so near to the least that counts: at a half it takes four
	// times as many rounds, and moving the latter is cheaper.
	tooNear = 0.5
)

// advise says why the effect is not found, and what would find it.
func (r *Metric) advise(effect float64, m *metric, calibrated, metrics int, unchanged time.Duration) {
	near, far := scatter(effect, r.LeastEffect, metrics)
	switch {
	case r.Power >= wanted:
	case !m.ratio:
		r.Limit = ByRatio
	case r.Reached < leastVerdict && r.Smallest == 0:
		r.Limit, r.Need = ByTooFew, leastVerdict
	case near < tooNear*far:
		seen, told := quantiles(metrics)
		r.Limit, r.NeedLeast = ByMinEffect, effect*told/(told+seen)
		if r.LeastEffect > r.MinEffect {
			r.Limit = ByFloor
			r.NeedCalibration = times(calibrated, r.LeastEffect/r.NeedLeast)
		}
	default:
		r.Limit = ByNoise
		r.needRounds(min(near, far), metrics, unchanged)
	}
}

// needRounds estimates how many rounds make the standard error as small: it
// shrinks with their square root.
func (r *Metric) needRounds(scatterWanted float64, metrics int, unchanged time.Duration) {
	near, far := scatter(r.Smallest, r.LeastEffect, metrics)
	need := times(r.Reached, min(near, far)/scatterWanted)
	if r.Smallest == 0 || need == 0 {
		return
	}
	r.Need = max(int(math.Ceil(early*float64(need))), r.Reached+1)
	// The others take what they take, and a third is kept back for a second block.
	r.NeedTime = (unchanged + time.Duration((float64(r.Need)-r.Rounds)*float64(r.Price))) * 3 / 2
}

// times is how many rounds make a standard error smaller by a factor; 0 where
// those are too many.
func times(rounds int, factor float64) int {
	if square := factor * factor; square > 0 && square <= mostNeeded {
		return int(math.Ceil(float64(rounds) * square))
	}
	return 0
}

// scatter is the standard error that an estimate may have for a change to be found
// in 9 of 10 runs: so that it lies above the least that counts, and so far above zero
// that it is told from chance.
func scatter(change, least float64, metrics int) (near, far float64) {
	seen, told := quantiles(metrics)
	return (change - least) / seen, change / (told + seen)
}

// quantiles of the normal distribution: of 9 in 10, and of the level at which one
// change is told from chance.
func quantiles(metrics int) (seen, told float64) {
	quantile := func(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
	return quantile(wanted), quantile(1 - verdict.AloneLevel(metrics)/2)
}
