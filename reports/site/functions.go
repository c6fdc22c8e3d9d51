package site

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// functions are what templates may call: they word data, and decide nothing.
var functions = template.FuncMap{
	"plain":          words.Plain,
	"change":         words.Change,
	"interval":       words.Interval,
	"levels":         levels,
	"share":          words.Share,
	"rev":            func(rev string) string { return words.ShortRev(results.Commit{Rev: rev}) },
	"when":           timeElement,
	"day":            day,
	"mark":           func(v string) words.Mark { return words.MarkOf(verdict.Verdict(v)) },
	"several":        several,
	"state":          stateMark,
	"commit":         commitElement,
	"grade":          func(g results.Grade) words.Mark { return gradeMarks[g] },
	"metric":         func(m results.Metric) string { return words.Plain(m.String()) },
	"list":           func(parts []string) string { return strings.Join(parts, ", ") },
	"changes":        changes,
	"suiteAddress":   suiteAddress,
	"machineAddress": machineAddress,
	"runAddress":     runAddress,
	"runView":        func(v view, r RunLine) runView { return runView{r, v.Root, v.Site} },
	"parts":          parts,
	"places":         func(q *results.QueueView) []reports.QueuePlace { list, _ := reports.QueuePlaces(*q); return list },
	"unlisted":       func(q *results.QueueView) int { _, more := reports.QueuePlaces(*q); return more },
	"multiplesView":  func(v view, list []Multiple) multiplesView { return multiplesView{list, v.Root} },
	"live":           func(s *Site) bool { return s.options.Live != nil },
	"at":             func(root, address string) template.URL { return template.URL(root + address) }, // addresses are ours: see address.go
}

// levels words two values that stand side by side.
func levels(a, b float64, m results.Metric) [2]string {
	before, after := words.Pair(a, b, m.Unit)
	return [2]string{words.Minus(before), words.Minus(after)}
}

// several words a count: "1 run", "2 runs".
func several(n int, one string) string { return words.Count(n, one, one+"s") }

// timeElement gives a time in UTC, for a script to say it in the reader's zone.
func timeElement(t time.Time) template.HTML {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, t.UTC().Format(time.RFC3339), words.Stamp(t)))
}

// stateMarks are how the states of steps look: a word and a symbol, each enough.
var stateMarks = map[string]words.Mark{
	string(verdict.StateOpen):      {Class: "regression", Symbol: "!", Word: "open"},
	string(verdict.StateEmerging):  {Class: "cannot-tell", Symbol: "?", Word: "emerging"},
	string(verdict.StateAccepted):  {Class: "no-change", Symbol: "=", Word: "accepted"},
	string(verdict.StateRecovered): {Class: "no-change", Symbol: "=", Word: "recovered"},
	verdict.KindImprovement:        {Class: "improvement", Symbol: "✓", Word: "improvement"},
	verdict.KindRecovery:           {Class: "improvement", Symbol: "✓", Word: "recovery"},
}

// stateMark is the mark of a step: of its state, or of its kind where it has none.
func stateMark(s verdict.TimedStep) words.Mark {
	if s.State != "" {
		return stateMarks[string(s.State)]
	}
	return stateMarks[s.Kind]
}

var gradeMarks = map[results.Grade]words.Mark{
	results.GradeGood: {Class: "improvement", Symbol: "✓", Word: "good"},
	results.GradePoor: {Class: "cannot-tell", Symbol: "?", Word: "poor"},
	results.GradeBad:  {Class: "broken", Symbol: "✕", Word: "bad"},
	results.GradeFact: {Class: "no-change", Symbol: "=", Word: "fact"},
}

// commitElement is a revision with its subject, and a link where the installation
// says where commits are shown.
func commitElement(s *Site, c results.Commit) template.HTML {
	rev := template.HTMLEscapeString(words.ShortRev(c))
	if rev == "" {
		return `<span class="quiet">unknown commit</span>`
	}
	code := fmt.Sprintf(`<code title="%s">%s</code>`, template.HTMLEscapeString(words.Plain(c.Rev)), rev)
	if href := s.commitAddress(c.Rev); href != "" {
		code = fmt.Sprintf(`<a href="%s" rel="noreferrer">%s</a>`, template.HTMLEscapeString(href), code)
	}
	if c.Subject != "" {
		code += ` <span class="subject">` + template.HTMLEscapeString(words.Plain(words.Shortened(c.Subject, longestSubject))) + `</span>`
	}
	return template.HTML(code)
}

// longestSubject is how much of a commit's subject a list has room for, in cells.
const longestSubject = 100

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

// runView is a run in a list.
type runView struct {
	Run  RunLine
	Root string
	Site *Site
}

// parts are the addresses of all parts of a suite.
func parts(m SuiteModel) (list []link) {
	for i := range m.Parts {
		list = append(list, link{fmt.Sprint(i + 1), partAddress(m.Suite, i+1)})
	}
	return list
}

// multiplesView are small histories.
type multiplesView struct {
	List []Multiple
	Root string
}

// day is the date of a commit; its own clock may have stood still.
func day(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format(time.DateOnly)
}
