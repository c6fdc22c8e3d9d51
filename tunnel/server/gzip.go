package server

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// leastZipped is the size from which on a link that goes twice through the office's
// line is worth the work.
const leastZipped = 16 << 10

// send answers, compressed where the answer is large and the client takes that.
func (a answer) send(w http.ResponseWriter, r *http.Request) {
	text := a.text
	if len(text) >= leastZipped && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		text = zipped(text)
		w.Header().Set("Content-Encoding", "gzip")
	}
	send(w, a.status, "application/json", text)
}

func zipped(text []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one
	_, _ = w.Write(text)                            // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
