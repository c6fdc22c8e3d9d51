package site

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// How much of a commit's subject a list has room for, in cells: of the one that a line is
// about, and of the one before it.
const (
	longestSubject = 100
	longestBefore  = 40
)

// commitElement is a revision with its subject, and a link where the installation
// says where commits are shown.
func commitElement(s *Site, c results.Commit) template.HTML { return s.commitIn(c, longestSubject) }

// beforeElement is a commit that another one is compared with.
func beforeElement(s *Site, c results.Commit) template.HTML { return s.commitIn(c, longestBefore) }

func (s *Site) commitIn(c results.Commit, room int) template.HTML {
	rev := template.HTMLEscapeString(words.ShortRev(c))
	if rev == "" {
		return `<span class="quiet">unknown commit</span>`
	}
	code := fmt.Sprintf(`<code title="%s">%s</code>`, template.HTMLEscapeString(words.Shortened(words.Plain(c.Rev), longestTitle)), rev)
	if href := s.commitAddress(c.Rev); href != "" {
		code = fmt.Sprintf(`<a href="%s" rel="noreferrer">%s</a>`, template.HTMLEscapeString(href), code)
	}
	if c.Subject != "" {
		subject := words.Plain(c.Subject)
		code += fmt.Sprintf(` <bdi class="subject"%s>%s</bdi>`, titleOf(subject, room), template.HTMLEscapeString(words.Shortened(subject, room)))
	}
	return template.HTML(code)
}

// titleOf is the attribute with a text that is shown shortened; empty where it is whole.
func titleOf(text string, room int) string {
	if words.Shortened(text, room) == text {
		return ""
	}
	return fmt.Sprintf(` title="%s"`, template.HTMLEscapeString(words.Shortened(text, longestTitle)))
}

// commitAddress is where a commit is shown; empty where nobody said so.
func (s *Site) commitAddress(rev string) string {
	pattern := s.options.Commits
	if rev == "" || !strings.Contains(pattern, "%s") {
		return ""
	}
	if u, err := url.Parse(pattern[:strings.Index(pattern, "%s")]); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.ReplaceAll(pattern, "%s", url.PathEscape(rev))
}
