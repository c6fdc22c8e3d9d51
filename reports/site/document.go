package site

import "time"

// Document is one file of the site, or one answer of the live pages: the same bytes.
type Document struct {
	Type string // media type, with its character set
	Body []byte
	// Final: it will never be another, because it shows a run that has ended, beside what
	// hosts of another class said, and nothing that may change.
	Final bool
	// At is when what it shows last changed; zero where that is not known.
	At time.Time
}
