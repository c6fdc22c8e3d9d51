package sshconn

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/tunnel"
)

func TestArguments(t *testing.T) {
	check := func(a tunnel.Address, attended bool, remote []string, want ...string) {
		t.Helper()
		if got := arguments(a, attended, remote); !slices.Equal(got, want) {
			t.Errorf("%+v:\n got %q\nwant %q", a, got, want)
		}
	}
	check(tunnel.Address{User: "perf", Host: "mtrlz.dev", Port: 2222}, false, remoteCommand,
		"-T", "-o", "BatchMode=yes", "-p", "2222", "--", "perf@mtrlz.dev", "perfrun dial-stdio")
	check(tunnel.Address{Host: "box"}, true, remoteCommand, "-T", "--", "box", "perfrun dial-stdio")
	check(tunnel.Address{Host: "::1"}, true, []string{"/a b/x", "it's"}, "-T", "--", "::1", `'/a b/x' 'it'\''s'`)
}

// FuzzQuote: a real shell takes the words apart as they were.
func FuzzQuote(f *testing.F) {
	f.Add("perfrun", "dial-stdio")
	f.Add("a b'c\"d$e`f\\g\nh", "")
	f.Add("-n", "*~#!&|;<>(){}[]?")
	f.Fuzz(func(t *testing.T, one, two string) {
		if strings.ContainsRune(one+two, 0) {
			return // no argument can hold it
		}
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+quote([]string{one, two})).Output()
		if err != nil || string(out) != one+"\x00"+two+"\x00" {
			t.Fatalf("%q and %q became %q, %v", one, two, out, err)
		}
	})
}

func TestSaying(t *testing.T) {
	s := &saying{}
	for range 1000 {
		s.Write([]byte("a \x1b[31mline\x1b[0m\r\n\x07\n"))
	}
	s.Write([]byte("last\xff"))
	lines := s.lines()
	if len(s.text) > mostSaid || lines[len(lines)-1] != "last?" || lines[len(lines)-2] != "a [31mline[0m" {
		t.Errorf("%d bytes, %q", len(s.text), lines[len(lines)-2:])
	}
	if got := said(lines); got != " (ssh says: a [31mline[0m / a [31mline[0m / last?)" {
		t.Errorf("%q", got)
	}
	if got := said([]string{"@@@@@ @@@", strings.Repeat("x", 1000)}); len(got) > 450 || strings.Contains(got, "@") {
		t.Errorf("%q", got)
	}
}
