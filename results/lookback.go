package results

// LookBack is where a look back at all points of a series saw steps, and how large they
// are. It depends on nothing but the values, and takes several times as long as reading
// them.
type LookBack struct {
	Series Series
	Points string // digest of the values and of how they were looked at
	Places []int  // the moments with which other levels begin, counted through all environments
	Sizes  []Size // of the steps at Places
}

// Size is how large a step is, as fractions of the level before.
type Size struct {
	Change float64 `json:"change"`
	Low    float64 `json:"low"` // 95 % interval
	High   float64 `json:"high"`
}
