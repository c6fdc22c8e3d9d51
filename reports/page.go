package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Page is what the HTML page and the terminal summary of one run show.
type Page struct {
	Record      *results.Record // never nil
	Comparisons []verdict.Comparison
	Tally       *results.AlarmTally // what became of all alarms of the suite on this host; nil: not known
	Generator   string              // name and version of the program that writes the page
}

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// styleHash is what the page's content security policy allows: this style sheet
// and no other, not even a style attribute.
var styleHash = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}()

// HTML writes the report of one run as one self-contained page: no script, no
// image, nothing loaded. The same page gives the same bytes. An error is one of
// w's.
func HTML(w io.Writer, p Page) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, newPageView(p)); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
