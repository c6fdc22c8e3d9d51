package results

// LookBack is where a look back at all points of a series saw steps. It depends on nothing but
// the values, and takes several times as long as reading them.
type LookBack struct {
	Series Series
	Points string // digest of the values and of how they were looked at
	Places []int  // the moments with which other levels begin, counted through all environments
}
