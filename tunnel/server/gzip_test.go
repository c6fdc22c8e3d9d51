package server_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/boxtest"
)

// TestLargeAnswersAreCompressed: and only those, and only for who takes it; what is read
// is the same.
func TestLargeAnswersAreCompressed(t *testing.T) {
	box := boxtest.Start(t)
	k := as(t, box, nikhil)
	for i := range 200 {
		if _, err := box.Queue.Submit(t.Context(), results.Person{Role: results.Admin}, results.Order{ID: fmt.Sprintf("job%da", i), Repository: "app", Head: "main"}); err != nil {
			t.Fatal(err)
		}
	}
	plain := k.ask("GET", "/v1/jobs?limit=1000", nil, "Accept-Encoding", "identity")
	packed := k.ask("GET", "/v1/jobs?limit=1000", nil, "Accept-Encoding", "gzip")
	reader, err := gzip.NewReader(strings.NewReader(packed.text))
	if err != nil || packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("%q and %q, %v", packed.Header, plain.Header, err)
	}
	if text, err := io.ReadAll(reader); err != nil || string(text) != plain.text || len(packed.text) > len(plain.text)/2 {
		t.Errorf("%d bytes, plain %d, which are %d, %v", len(packed.text), len(plain.text), len(text), err)
	}
	if r := k.ask("GET", "/v1/hello", nil, "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" {
		t.Errorf("a small answer: %q", r.Header)
	}
}
