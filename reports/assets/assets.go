package assets

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

// HistoryScript makes svg.history elements explorable: read-out, zoom, pan,
// lines on and off, state in the address. It wants chart.Readout as JSON in a
// script element of the class "points" in the same figure, or groups of points in
// the picture that say where they are, as chart.Samples draws them.
//
//go:embed history.js
var HistoryScript string

// RunScript makes the page of a run explorable: filters and sorting of its verdicts
// with their state in the address, a read-out on charts, times in the reader's zone.
// It makes its own controls, so that none is dead without it.
//
//go:embed run.js
var RunScript string

// HistoryStyle gives the pictures of package chart's History their colours. It
// needs the variables of the page's own style sheet.
//
//go:embed history.css
var HistoryStyle string

// Hash returns the source expression by which a content security policy allows
// a script or a style with this text, and no other.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
