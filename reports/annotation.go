package reports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/beside"
	"mtrlz.dev/perfrun/results/verdict"
)

// Annotation is what a CI build shows of a suite: what happens, and in the end both
// hosts side by side.
type Annotation struct {
	Suite string
	Stage string   // what happens now; empty: nothing more will
	Hosts []Hosted // the first decides; others stand beside it
	Gate  string   // what the build does with the verdicts, a sentence
	Notes []string // a sentence each
	// Between are commits that came since base, the newest first, and how many there
	// are of them; none: they are not of interest.
	Between      []results.Commit
	BetweenTotal int
	Links        []Link
	Prices       Prices
	Accepted     map[string]bool // benchmarks whose regression on the deciding host is intended
	Repeat       string          // a command line that repeats it; empty: none
	Accept       string          // one that takes a regression as intended; empty: none
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
		switch {
		case a.accepted(0, c):
		case c.Verdict == verdict.Broken, c.Verdict == verdict.Regression:
			return "error"
		case c.Verdict == verdict.CannotTell:
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
		said := inert(h.Missing)
		if h.Record != nil {
			said = Outcome(h.Comparisons)
			if state := stateWords(h.Record); state != "" {
				said = inert(state)
			}
			if n := a.countAccepted(i, h.Comparisons); n > 0 {
				said += fmt.Sprintf(", of which %d accepted", n)
			}
		}
		decides := ""
		if i == 0 && len(a.Hosts) > 1 {
			decides = " (decides)"
		}
		fmt.Fprintf(&b, "\n\n%s%s: %s", inert(h.Class), decides, said)
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
	for _, row := range a.besideRows() {
		cells, news := a.cells(row)
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

// besideRows are all comparisons of all hosts, worst first by each host in turn.
func (a Annotation) besideRows() []beside.Row {
	hosts := besideOf(a.Hosts)
	for i := range hosts {
		hosts[i].Comparisons = worstFirst(hosts[i].Comparisons)
	}
	return beside.Rows(hosts)
}

// cells are one row's, and whether it tells any news.
func (a Annotation) cells(row beside.Row) (cells []string, news bool) {
	cells = []string{inert(row.Benchmark), inert(row.Metric.String())}
	for i, c := range row.Cells {
		said := hostCell(c)
		if c != nil && a.accepted(i, c.Comparison) {
			said = strings.Trim(said, "*") + ", accepted"
		}
		cells = append(cells, said)
		news = news || isNews(c)
	}
	if len(a.Hosts) > 1 {
		said := ""
		if !slices.ContainsFunc(a.Hosts, func(h Hosted) bool { return h.Record == nil }) {
			said = together(row)
		}
		cells = append(cells, said)
	}
	return cells, news
}

// accepted reports whether what a host says is a regression that is intended.
func (a Annotation) accepted(host int, c verdict.Comparison) bool {
	return host == 0 && c.Verdict == verdict.Regression && a.Accepted[c.Benchmark]
}

func (a Annotation) countAccepted(host int, list []verdict.Comparison) (n int) {
	for _, c := range list {
		if a.accepted(host, c) {
			n++
		}
	}
	return n
}

func hostCell(cell *beside.Cell) string {
	if cell == nil {
		return "not measured"
	}
	row := newRowModel(cell.Comparison)
	said := row.Phrase() // numbers and words of our own
	if row.Change != "" && (row.Verdict == verdict.Regression || row.Verdict == verdict.Broken) {
		return "**" + said + "**"
	}
	return said
}

func (a Annotation) foot() string {
	var b strings.Builder
	for _, note := range a.Notes {
		b.WriteString("\n" + inert(note) + "\n")
	}
	if took := tookWords(besideOf(a.Hosts), a.Prices); took != "" && a.Stage == "" {
		b.WriteString("\nTime to the verdict: " + inert(took) + "\n")
	}
	b.WriteString(a.between())
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
		if n := utf8.RuneCountInString(c.line); n > 0 && n <= mostInert { // half a command is none
			fmt.Fprintf(&b, "\n%s: <code>%s</code>\n", c.what, inert(c.line))
		}
	}
	return b.String()
}

// between names the commits that a change can come from.
func (a Annotation) between() string {
	if len(a.Between) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>%d %s since the last that was measured</summary>\n\n", a.BetweenTotal, several(a.BetweenTotal, "commit"))
	for _, c := range a.Between {
		fmt.Fprintf(&b, "- %s %s, %s\n", inert(shortCommit(c.Rev)), inert(c.Subject), inert(c.Author))
	}
	if more := a.BetweenTotal - len(a.Between); more > 0 {
		fmt.Fprintf(&b, "- and %d more\n", more)
	}
	return b.String() + "\n</details>\n"
}

// plainScheme begins the addresses that an annotation links to.
var plainScheme = regexp.MustCompile(`^(https?|artifact)://`)

// mostInert bounds each text from elsewhere, in characters: the subject of one commit
// may have as many as all of an annotation. No limit in cells would do, as there are
// characters that take none.
const mostInert = 1000

// inert writes text such that neither Markdown nor HTML finds anything in it: letters,
// digits and spaces stay, everything else is written as its number.
func inert(s string) string {
	var b strings.Builder
	plain := []rune(words.Plain(s[:min(len(s), utf8.UTFMax*(mostInert+1))]))
	if len(plain) > mostInert {
		plain = append(plain[:mostInert-1], '…')
	}
	for _, r := range plain {
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
