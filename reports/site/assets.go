package site

import (
	_ "embed"
	"fmt"
	"io/fs"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/assets"
	"mtrlz.dev/perfrun/reports/words"
)

//go:embed site.css
var siteStyle string

//go:embed site.js
var siteScript string

// asset is one of the files that every page links to.
func asset(name string) (Document, error) {
	switch name {
	case "site.css":
		return Document{Type: "text/css; charset=utf-8", Holds: HoldsFindings, Body: []byte(reports.Style() + assets.HistoryStyle + siteStyle)}, nil
	case "site.js":
		return Document{Type: "text/javascript; charset=utf-8", Holds: HoldsFindings, Body: []byte(assets.HistoryScript + siteScript)}, nil
	}
	return Document{}, fmt.Errorf("assets/%s: %w", words.Plain(name), fs.ErrNotExist)
}
