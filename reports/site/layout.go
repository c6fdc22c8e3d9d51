package site

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"sync"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/export"
)

// page is one page before it is rendered: its model, which is data and is also what
// its JSON holds, and what the frame around it says.
type page struct {
	kind   string // of the template
	title  string
	model  any
	json   func() ([]byte, error) // nil: that of the model
	csv    func() []byte          // nil: the page has no table of its own
	txt    func() []byte
	raw    []link // other forms of the same data
	repeat string // the command that says the same in a terminal
	whole  []byte // a page that needs no frame
	holds  Holds
	at     time.Time
	bare   string // its address without an extension
}

// link leads somewhere within the site, relative to its root.
type link struct{ Name, Href string }

//go:embed templates/*.html
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/*.html"))

// frame is what the layout places.
type frame struct {
	Title, Site, Root, Here, Repeat, Generator string
	Nav                                        []link
	Raw                                        []link
	At                                         time.Time
}

// render writes a page in the form that the extension of its address asks for.
func (s *Site) render(p page, extension string) (Document, error) {
	d := Document{Holds: p.holds, At: p.at}
	var err error
	switch {
	case extension == ".html" && p.whole != nil:
		d.Type, d.Body = "text/html; charset=utf-8", p.whole
	case extension == ".html":
		d.Type = "text/html; charset=utf-8"
		d.Body, err = s.html(p)
	case extension == ".json" && p.json != nil:
		d.Type = "application/json"
		d.Body, err = p.json()
	case extension == ".json" && p.model != nil:
		d.Type = "application/json"
		d.Body, err = export.JSON(p.model)
	case extension == ".csv" && p.csv != nil:
		d.Type, d.Body = "text/csv; charset=utf-8", p.csv()
	case extension == ".txt" && p.txt != nil:
		d.Type, d.Body = "text/plain; charset=utf-8", p.txt()
	default:
		err = fmt.Errorf("%s: %w", words.Plain(p.bare+extension), fs.ErrNotExist)
	}
	return d, err
}

func (s *Site) html(p page) ([]byte, error) {
	root := strings.Repeat("../", strings.Count(p.bare, "/"))
	raw := []link{{"JSON", p.bare + ".json"}}
	if p.csv != nil {
		raw = append(raw, link{"CSV", p.bare + ".csv"})
	}
	around := frame{
		Title: p.title, Site: words.Plain(s.options.Name), Root: root, Here: p.bare + ".html", Repeat: p.repeat,
		Nav: navigation, Raw: append(raw, p.raw...), Generator: words.Plain(s.options.Generator), At: p.at,
	}
	var b bytes.Buffer
	b.Grow(s.room.of(p.kind))
	for _, part := range []struct {
		template string
		data     any
	}{{"above", around}, {p.kind, view{Model: p.model, Root: root, Site: s}}, {"below", around}} {
		if err := templates.ExecuteTemplate(&b, part.template, part.data); err != nil {
			return nil, fmt.Errorf("page %s: %w", p.bare, err)
		}
	}
	s.room.needed(p.kind, b.Len())
	return b.Bytes(), nil
}

// room is how large the last page of each kind was: the next begins with as much.
type room struct{ last sync.Map }

func (r *room) of(kind string) int {
	size, _ := r.last.Load(kind)
	n, _ := size.(int)
	return n
}

func (r *room) needed(kind string, size int) { r.last.Store(kind, size) }

// navigation is on top of every page.
var navigation = []link{
	{"Overview", "index.html"},
	{"Compare", "compare.html"},
	{"How sure are we", "sure.html"},
}

// view is what the template of a page sees.
type view struct {
	Model any
	Root  string
	Site  *Site
}

// command is one with a name in it; empty where nobody would type the name.
func command(verb, name string) string {
	if len(name) > longestTitle {
		return ""
	}
	return verb + " " + words.ShellCommand([]string{name})
}
