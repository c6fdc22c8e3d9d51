package site

import (
	"fmt"
	"html/template"

	"mtrlz.dev/perfrun/reports/words"
)

// How much of a text from outside a page repeats, in cells: of a name in a list, of one
// in a title, of anything else.
const (
	longestName  = 120
	longestTitle = 1000
	longestText  = 300
)

// nameElement isolates a name from the text around it, which may be read in the other
// direction, and shortens it; its title has more of it.
func nameElement(name string) template.HTML {
	whole := words.Plain(name)
	short := words.Shortened(whole, longestName)
	if short == whole {
		return template.HTML("<bdi>" + template.HTMLEscapeString(whole) + "</bdi>")
	}
	title := template.HTMLEscapeString(words.Shortened(whole, longestTitle))
	return template.HTML(fmt.Sprintf(`<bdi title="%s">%s</bdi>`, title, template.HTMLEscapeString(short)))
}

// wholeName is a name that nameElement shortens; else empty.
func wholeName(name string) string {
	if whole := words.Plain(name); words.Shortened(whole, longestName) != whole {
		return whole
	}
	return ""
}

// shortName is a name in a sentence or a title.
func shortName(name string) string { return words.Shortened(words.Plain(name), longestName) }
