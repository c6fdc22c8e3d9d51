package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"mtrlz.dev/perfrun/reports/site"
)

// answer is a document that is ready to be sent, as often as it is asked for. One that is
// zipped has no other body: nearly every reader takes it as it is.
type answer struct {
	document site.Document
	tag      string // of the bytes, without quotes
	length   int    // of the body before it was zipped
	zipped   bool
}

// leastZipped is the size from which on compression is worth a reader's time.
const leastZipped = 1 << 10

func newAnswer(d site.Document) *answer {
	sum := sha256.Sum256(d.Body)
	a := &answer{document: d, tag: hex.EncodeToString(sum[:12]), length: len(d.Body)}
	if len(d.Body) >= leastZipped {
		if zipped := compress(d.Body); len(zipped) < len(d.Body)*9/10 {
			a.document.Body, a.zipped = zipped, true
		}
	}
	return a
}

func (a *answer) size() int64 { return int64(len(a.document.Body) + len(a.tag)) }

// plain is the document as it was made.
func (a *answer) plain() site.Document {
	d := a.document
	if a.zipped {
		d.Body = expand(d.Body, a.length)
	}
	return d
}

var writers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one
	return w
}}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// expand takes back what compress did.
func expand(zipped []byte, length int) []byte {
	b := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead)) // so much that it never grows
	if r, err := gzip.NewReader(bytes.NewReader(zipped)); err == nil {
		_, _ = b.ReadFrom(r) // both are ours, and in memory
	}
	return b.Bytes()
}

// send writes the answer, or that the reader has it already.
func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	tag, h := `"`+a.tag+`"`, w.Header()
	h.Set("Vary", "Accept-Encoding")
	zipped := a.zipped && takesGzip(r.Header.Values("Accept-Encoding"))
	if zipped {
		tag = `"` + a.tag + `-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if !a.document.At.IsZero() {
		h.Set("Last-Modified", a.document.At.UTC().Format(http.TimeFormat))
	}
	if has(r.Header.Values("If-None-Match"), a.tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.document.Type)
	length := a.length
	if zipped {
		length = len(a.document.Body)
	}
	h.Set("Content-Length", strconv.Itoa(length))
	switch {
	case r.Method == http.MethodHead:
	case zipped:
		_, _ = w.Write(a.document.Body) // a reader who is gone needs no answer
	default:
		_, _ = w.Write(a.plain().Body)
	}
}

// takesGzip reads Accept-Encoding: the last word on gzip counts, or else that on all.
func takesGzip(values []string) bool {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		weight, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		takes[strings.ToLower(strings.TrimSpace(name))] = !found || err == nil && q > 0
	}
	if yes, said := takes["gzip"]; said {
		return yes
	}
	return takes["*"]
}

// has reports whether If-None-Match names a tag, in whatever encoding the reader got it.
func has(values []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		part = strings.TrimSpace(part)
		if part == "*" {
			return true
		}
		part = strings.TrimSuffix(strings.Trim(strings.TrimPrefix(part, "W/"), `"`), "-gzip")
		if part == tag {
			return true
		}
	}
	return false
}
