package reports

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Annotation is what a CI build shows of a suite: what happens, and in the end both
// hosts side by side.
type Annotation struct {
	Suite  string
	Stage  string   // what happens now; empty: nothing more will
	Hosts  []Hosted // the first decides; others stand beside it
	Gate   string   // what the build does with the verdicts, a sentence
	Notes  []string // a sentence each
	Links  []Link
	Repeat string // a command line that repeats it; empty: none
	Accept string // one that takes a regression as intended; empty: none
}

// Hosted is what one kind of host says.
type Hosted struct {
	Class       string // "office", "cloud"
	Record      *results.Record
	Comparisons []verdict.Comparison
	Missing     string // why there is no record
}

// Link leads to a page or an artifact.
type Link struct{ Text, URL string }

// mostAnnotated is how many rows without news are listed; more are counted.
const mostAnnotated = 10

// Markdown writes the annotation in at most limit bytes; rows that do not fit are
// counted. Everything that comes from elsewhere stands there as text: each character
// that could mean something to Markdown or HTML is written as its number.
func (a Annotation) Markdown(limit int) string {
	head, foot := a.head(), a.foot()
	rows := a.rows()
	var table strings.Builder
	if len(rows) > 0 {
		table.WriteString(a.tableHead())
	}
	written := 0
	const reserve = 200 // for the sentence that counts what is left out
	for _, row := range rows {
		if len(head)+table.Len()+len(row)+len(foot)+reserve > limit {
			break
		}
		table.WriteString(row)
		written++
	}
	text := head + table.String()
	if left := len(rows) - written; left > 0 {
		text += fmt.Sprintf("\n%d more %s not fit here: the report has all.\n", left, eitherOf(left, "row does", "rows do"))
	}
	return text + foot
}

// Style is the colour of the annotation, as Buildkite names them.
func (a Annotation) Style() string {
	if a.Stage != "" || len(a.Hosts) == 0 {
		return "info"
	}
	worst := "success"
	for _, c := range a.Hosts[0].Comparisons {
		switch c.Verdict {
		case verdict.Broken, verdict.Regression:
			return "error"
		case verdict.CannotTell:
			worst = "warning"
		}
	}
	if a.Hosts[0].Missing != "" {
		return "warning"
	}
	return worst
}

func (a Annotation) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Performance: %s**", inert(a.Suite))
	if a.Stage != "" {
		fmt.Fprintf(&b, "\n\n%s\n", inert(a.Stage))
	}
	for i, h := range a.Hosts {
		words := inert(h.Missing)
		if h.Record != nil {
			words = Outcome(h.Comparisons)
			if state := stateWords(h.Record); state != "" {
				words = inert(state)
			}
		}
		decides := ""
		if i == 0 && len(a.Hosts) > 1 {
			decides = " (decides)"
		}
		fmt.Fprintf(&b, "\n\n%s%s: %s", inert(h.Class), decides, words)
	}
	if a.Gate != "" {
		b.WriteString("\n\n" + inert(a.Gate))
	}
	return b.String() + "\n\n"
}

func (a Annotation) tableHead() string {
	head, rule := "| benchmark | metric |", "| --- | --- |"
	for _, h := range a.Hosts {
		head += " " + inert(h.Class) + " |"
		rule += " --- |"
	}
	if len(a.Hosts) > 1 {
		head, rule = head+" together |", rule+" --- |"
	}
	return head + "\n" + rule + "\n"
}

// rows are the lines of the table, worst first by the first host that has a record.
func (a Annotation) rows() (rows []string) {
	quiet := 0
	for _, key := range a.keys() {
		cells, news := a.cells(key)
		if !news {
			if quiet++; quiet > mostAnnotated {
				continue
			}
		}
		rows = append(rows, "| "+strings.Join(cells, " | ")+" |\n")
	}
	if more := quiet - mostAnnotated; more > 0 {
		rows = append(rows, fmt.Sprintf("\n%d more without a change.\n", more))
	}
	return rows
}

// compared names one metric of one benchmark.
type compared struct {
	benchmark string
	metric    results.Key
}

// keys are all comparisons of all hosts, in the order of the first that has them.
func (a Annotation) keys() (keys []compared) {
	seen := map[compared]bool{}
	for _, h := range a.Hosts {
		for _, c := range worstFirst(h.Comparisons) {
			key := compared{c.Benchmark, c.Metric.Key()}
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// cells are one row's, and whether it tells any news.
func (a Annotation) cells(key compared) (cells []string, news bool) {
	var found []*verdict.Comparison
	for _, h := range a.Hosts {
		var c *verdict.Comparison
		for i := range h.Comparisons {
			if o := &h.Comparisons[i]; o.Benchmark == key.benchmark && o.Metric.Key() == key.metric {
				c = o
			}
		}
		found = append(found, c)
		if len(cells) == 0 && c != nil {
			cells = []string{inert(key.benchmark), inert(c.Metric.String())}
		}
	}
	for _, c := range found {
		cells = append(cells, hostCell(c))
		news = news || c != nil && c.Verdict != verdict.NoChange
	}
	if len(a.Hosts) > 1 {
		cells = append(cells, together(a.Hosts, found))
	}
	return cells, news
}

func hostCell(c *verdict.Comparison) string {
	if c == nil {
		return "not measured"
	}
	m := markOf(c.Verdict)
	if !c.HasInterval() {
		return m.Symbol + " " + m.Word
	}
	words := fmt.Sprintf("%s %s %s (%s)", m.Symbol, m.Word, Change(c.Change), interval(c.Low, c.High))
	if c.Verdict == verdict.Regression || c.Verdict == verdict.Broken {
		return "**" + words + "**"
	}
	return words // numbers and words of our own
}

// together says whether two hosts agree; where the second does not see what the first
// sees, whether it could have.
func together(hosts []Hosted, found []*verdict.Comparison) string {
	first, second := found[0], found[1]
	switch {
	case first == nil || second == nil:
		return ""
	case first.Verdict == second.Verdict:
		return "agree"
	case second.Verdict != verdict.NoChange && second.Verdict != verdict.CannotTell || first.Verdict == verdict.CannotTell || first.Verdict == verdict.Broken:
		return "differ"
	}
	for _, n := range noiseOf(hosts[1]) {
		if n.Benchmark == second.Benchmark && n.Metric.Key() == second.Metric.Key() && n.Visible > 0 {
			size := max(first.Change, -first.Change)
			if size < n.Visible {
				return fmt.Sprintf("%s cannot see it: %s is its smallest visible change", inert(hosts[1].Class), share(n.Visible))
			}
			return fmt.Sprintf("differ, and %s could have seen it (from %s on)", inert(hosts[1].Class), share(n.Visible))
		}
	}
	return fmt.Sprintf("differ; what %s could have seen is not known", inert(hosts[1].Class))
}

func noiseOf(h Hosted) []results.Noise {
	if h.Record == nil {
		return nil
	}
	return h.Record.Run.Noise
}

func (a Annotation) foot() string {
	var b strings.Builder
	for _, note := range a.Notes {
		b.WriteString("\n" + inert(note) + "\n")
	}
	var links []string
	for _, l := range a.Links {
		text := inert(l.Text)
		if plainScheme.MatchString(l.URL) { // others are no places to go to
			text = fmt.Sprintf("[%s](%s)", text, address(l.URL))
		}
		links = append(links, text)
	}
	if len(links) > 0 {
		b.WriteString("\n" + strings.Join(links, " · ") + "\n")
	}
	for _, c := range []struct{ what, line string }{{"Repeat it", a.Repeat}, {"If this is intended", a.Accept}} {
		if c.line != "" {
			fmt.Fprintf(&b, "\n%s: <code>%s</code>\n", c.what, inert(c.line))
		}
	}
	return b.String()
}

// plainScheme begins the addresses that an annotation links to.
var plainScheme = regexp.MustCompile(`^(https?|artifact)://`)

// inert writes text such that neither Markdown nor HTML finds anything in it: letters,
// digits and spaces stay, everything else is written as its number.
func inert(s string) string {
	var b strings.Builder
	for _, r := range Plain(s) {
		if r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// address writes a link's target: what could end it is written as in URLs.
func address(url string) string {
	var b strings.Builder
	for _, c := range []byte(url) {
		if c > ' ' && c < 0x7f && !strings.ContainsRune("<>()[]\\\"'`*_|", rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
