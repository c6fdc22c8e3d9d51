package site

import (
	"time"

	"mtrlz.dev/perfrun/results"
)

// Document is one file of the site, or one answer of the live pages: the same bytes.
type Document struct {
	Type  string // media type, with its character set
	Body  []byte
	Holds Holds
	// At is when what it shows last changed; zero where that is not known.
	At time.Time
}

// Holds says for how long the same document would be made again.
type Holds int

const (
	HoldsAMoment  Holds = iota // it shows what no edition counts: what runs now, and how far it is; or it lacks something
	HoldsRuns                  // until another edition of the runs
	HoldsFindings              // until another edition of what they found
)

// In reports whether a document that was made of one edition is that of another.
func (h Holds) In(was, is results.Edition) bool {
	switch h {
	case HoldsRuns:
		return was == is
	case HoldsFindings:
		return was.Findings == is.Findings
	}
	return false
}
