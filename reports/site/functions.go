package site

import (
	"fmt"
	"html/template"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// functions are what templates may call: they word data, and decide nothing. What the
// models say has ASCII minus signs, for terminals and programs; pages have true ones.
var functions = template.FuncMap{
	"plain":          func(s string) string { return words.Shortened(words.Plain(s), longestText) },
	"said":           words.Minus,
	"name":           nameElement,
	"whole":          wholeName,
	"change":         func(f float64) string { return words.Minus(words.Change(f)) },
	"interval":       func(low, high float64) string { return words.Minus(words.Interval(low, high)) },
	"levels":         levels,
	"fact":           newFact,
	"quantity":       quantityWords,
	"share":          func(f float64) string { return words.Minus(words.Share(f)) },
	"when":           timeElement,
	"day":            day,
	"mark":           func(v string) words.Mark { return words.MarkOf(verdict.Verdict(v)) },
	"several":        several,
	"state":          stateMark,
	"commit":         commitElement,
	"before":         beforeElement,
	"grade":          gradeMark,
	"metric":         func(m results.Metric) template.HTML { return nameElement(m.String()) },
	"changes":        changes,
	"suiteAddress":   suiteAddress,
	"machineAddress": machineAddress,
	"runAddress":     runAddress,
	"runView":        func(v view, r RunLine) runView { return runView{r, v.Root, v.Site} },
	"parts":          parts,
	"queued":         newQueued,
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
	results.GradeBad:  {Class: "broken", Symbol: "✕", Word: "trouble"},
}

// gradeMark is how a finding is marked; nil for a fact, which is neither good nor bad.
func gradeMark(g results.Grade) *words.Mark {
	if mark, graded := gradeMarks[g]; graded {
		return &mark
	}
	return nil
}

// newFact is a property of a machine: its name, which may break at its dots, and its
// value.
func newFact(f results.Fact) [2]any {
	name, value := words.Fact(f.Name, f.Value)
	return [2]any{reports.Breakable(words.Shortened(name, longestText)), words.Shortened(value, longestFact)}
}

// longestFact has room for the command line of a kernel.
const longestFact = 4096

// quantityWords says what broke a limit, as run pages do.
func quantityWords(name string) string {
	for _, q := range results.Quantities() {
		if q.Name == name {
			return q.What
		}
	}
	return words.Shortened(words.Plain(name), longestText)
}

// queued is what runs and waits, as far as it is listed.
type queued struct {
	Places []reports.QueuePlace
	More   int
}

func newQueued(q *results.QueueView) queued {
	list, more := reports.QueuePlaces(*q)
	return queued{list, more}
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
