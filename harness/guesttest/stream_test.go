package guesttest

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
)

func TestStream(t *testing.T) {
	check := func(name string, do func(s *stream, cancel func(error)), want bool, wantErr error) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				var s stream
				go func() {
					synctest.Wait() // until the one below waits
					do(&s, cancel)
				}()
				got, err := s.wait(ctx, func(text string) bool { return strings.Contains(text, "ready") })
				if got != want || !errors.Is(err, wantErr) {
					t.Errorf("%v, %v, want %v, %v", got, err, want, wantErr)
				}
			})
		})
	}
	write := func(s *stream, texts ...string) {
		for _, text := range texts {
			_, _ = s.Write([]byte(text))
		}
	}
	over := errors.New("over")
	check("in pieces", func(s *stream, _ func(error)) { write(s, "it is re", "ady") }, true, nil)
	check("ends after it", func(s *stream, _ func(error)) { write(s, "ready"); s.end() }, true, nil)
	check("ends without it", func(s *stream, _ func(error)) { write(s, "no"); s.end() }, false, nil)
	check("nobody waits any more", func(s *stream, cancel func(error)) { write(s, "no"); cancel(over) }, false, over)
}

func TestLastLines(t *testing.T) {
	check := func(text string, count int, want string) {
		t.Helper()
		if got := lastLines(text, count); got != want {
			t.Errorf("the last %d lines of %q are %q, want %q", count, text, got, want)
		}
	}
	check("", 2, "")
	check("a\r\nb\r\nc\r\n\n", 2, "b\nc")
	check("a\tb\n\x1b[2Jc", 5, "a\tb\n[2Jc")
}

func TestBoots(t *testing.T) {
	check := func(output string, want int) {
		t.Helper()
		if got := boots(output); got != want {
			t.Errorf("%d boots in %q, want %d", got, output, want)
		}
	}
	check("", 0)
	check("ready 1 run", 0)
	check("ready 1 running\r\n", 1)
	check("ready 1 running\nnoise\nready 2 degraded\nready 3", 2)
}

func TestLines(t *testing.T) {
	g := &Guest{mark: "MARK"}
	check := func(all, want string) {
		t.Helper()
		if got := g.lines(all); got != want {
			t.Errorf("the lines of %q are %q, want %q", all, got, want)
		}
	}
	check("", "")
	check("half a li", "")
	check("one\nMAR", "one\n")
	check("one\nhalf a liMARK 0\n", "one\nhalf a li")
}

func TestQuote(t *testing.T) {
	for _, word := range []string{"", "a b", "it's", "$HOME `id` \\ \"\n*"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q became %q, %v", word, out, err)
		}
	}
}
