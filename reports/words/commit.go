package words

import "mtrlz.dev/perfrun/results"

// ShortRev abbreviates an object name.
func ShortRev(c results.Commit) string {
	rev := Plain(c.Rev)
	if rev == "" {
		rev = Plain(c.Asked)
	}
	if len(rev) == 40 || len(rev) == 64 {
		rev = rev[:10]
	}
	return Shortened(rev, MostWord)
}

// Better says which way a metric is better: "lower" or "higher".
func Better(m results.Metric) string {
	if m.Better == results.Higher {
		return "higher"
	}
	return "lower"
}
