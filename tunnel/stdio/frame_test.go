package stdio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

var nikhil = results.Person{Name: "nikhil", Role: results.Admin, From: "203.0.113.7"}

func TestPreamble(t *testing.T) {
	check := func(who results.Person) {
		t.Helper()
		line, err := preamble(who)
		if err != nil || bytes.Count(line, []byte("\n")) != 1 || line[0] != '@' {
			t.Fatalf("%+v: %q, %v", who, line, err)
		}
		if got, err := parsePreamble(line[:len(line)-1]); err != nil || got != who {
			t.Errorf("%q is %+v, %v", line, got, err)
		}
	}
	check(nikhil)
	check(results.Person{Name: "ci", Role: results.Submitter})
	check(results.Person{Name: "a.b_c@d+e-f", Role: results.Viewer, From: "2001:db8::1"})
	check(results.Person{Name: strings.Repeat("a", 64), Role: results.Viewer})
}

func TestRefusedPreambles(t *testing.T) {
	for _, who := range []results.Person{
		{},
		{Name: "x"},
		{Role: results.Admin},
		{Name: "x", Role: "root"},
		{Name: "a b", Role: results.Admin},
		{Name: "-x", Role: results.Admin},
		{Name: "x\n", Role: results.Admin},
		{Name: "é", Role: results.Admin},
		{Name: strings.Repeat("a", 65), Role: results.Admin},
		{Name: "x", Role: results.Admin, From: "somewhere"},
	} {
		if line, err := preamble(who); err == nil {
			t.Errorf("%+v is written as %q", who, line)
		}
	}
	for _, line := range []string{
		"", "@", "@perfrun 1", "@perfrun 2 {}", "@perfrun 1 {}", "@perfrun 1 null", `@perfrun 1 {"name":"x"}`, `@perfrun 1 {"name":"x","role":"king"}`,
		`@perfrun 1 {"name":"x","role":"admin","uid":0}`, `@perfrun 1 {"name":"x","role":"admin"} {"name":"y","role":"admin"}`,
		`@perfrun 1 {"name":"x","role":"admin"`, `GET / HTTP/1.1`,
	} {
		if who, err := parsePreamble([]byte(line)); err == nil || who != (results.Person{}) {
			t.Errorf("%q is %+v, %v", line, who, err)
		}
	}
}

func TestFrom(t *testing.T) {
	check := func(connection, want string) {
		t.Helper()
		if got := From(connection); got != want {
			t.Errorf("%q is from %q, want %q", connection, got, want)
		}
	}
	check("203.0.113.7 50000 10.0.0.1 22", "203.0.113.7")
	check("2001:db8::1 50000 ::1 22", "2001:db8::1")
	check("fe80::1%eth0 50000 ::1 22", "fe80::1")
	check("", "")
	check("$(id) 1", "")
	check("UNKNOWN 65535 UNKNOWN 65535", "")
}

func TestGreeting(t *testing.T) {
	read := func(text string) (rest string, err error) {
		r := bufio.NewReader(strings.NewReader(text))
		err = new(Greeting).Read(r)
		left, _ := io.ReadAll(r)
		return string(left), err
	}
	if rest, err := read(string(greeting(nil)) + "HTTP/1.1 200 OK"); err != nil || rest != "HTTP/1.1 200 OK" {
		t.Errorf("%v, then %q", err, rest)
	}
	_, err := read(string(greeting(&results.Problem{Kind: results.CannotRun, Where: "/run/x", What: "no daemon\nhere", Next: "start it"})))
	if p, ok := errors.AsType[*results.Problem](err); !ok || p.Kind != results.CannotRun || p.Where != "/run/x" || p.What != "no daemon\nhere" || p.Next != "start it" {
		t.Errorf("%+v", err)
	}
	_, err = read(string(greeting(&results.Problem{What: strings.Repeat("x", maxGreeting)})))
	if p, ok := errors.AsType[*results.Problem](err); !ok || p.What != "the daemon cannot be reached" {
		t.Errorf("%+v", err)
	}
	for _, text := range []string{"Welcome to Debian\nperfrun-stdio 1 {}\n", "perfrun-stdio 2 {}\n", "perfrun-stdio 1 x\n", greetingMark + strings.Repeat(" ", maxGreeting+1)} {
		_, err := read(text)
		if strange, ok := errors.AsType[*Strange](err); !ok || !strings.HasPrefix(text, strange.Text[:10]) || len(strange.Text) > 200 {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	for cut := range len(greeting(nil)) {
		if _, err := read(string(greeting(nil))[:cut]); err != io.EOF {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

// FuzzPreamble: nobody becomes a person who could not have been written, and what
// is read is written the same way again.
func FuzzPreamble(f *testing.F) {
	line, _ := preamble(nikhil)
	f.Add(line[:len(line)-1])
	f.Add([]byte(`@perfrun 1 {"name":"x","role":"admin","Role":"viewer"}`))
	f.Add([]byte("@perfrun 1 {\"name\":\"\\u0000\",\"role\":\"admin\"}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		who, err := parsePreamble(line)
		if err != nil {
			if who != (results.Person{}) {
				t.Fatalf("%q fails with %v and is %+v", line, err, who)
			}
			return
		}
		again, err := preamble(who)
		if err != nil {
			t.Fatalf("%q is %+v, which cannot be: %v", line, who, err)
		}
		if got, err := parsePreamble(again[:len(again)-1]); err != nil || got != who {
			t.Fatalf("%+v is written %q and read %+v, %v", who, again, got, err)
		}
	})
}

// FuzzGreeting: whatever answers, it ends, in bounds, and takes no byte of what
// follows a good greeting.
func FuzzGreeting(f *testing.F) {
	f.Add(greeting(nil))
	f.Add(append(greeting(&results.Problem{What: "x"}), "HTTP/1.1"...))
	f.Add([]byte("bash: perfrun: command not found\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := bufio.NewReader(bytes.NewReader(text))
		var g Greeting
		err := g.Read(r)
		if len(g.line) > maxGreeting+1 {
			t.Fatalf("%d bytes were kept", len(g.line))
		}
		if err == nil {
			rest, _ := io.ReadAll(r)
			if line, after, _ := bytes.Cut(text, []byte("\n")); !bytes.Equal(rest, after) || !bytes.HasPrefix(line, []byte(greetingMark)) {
				t.Fatalf("%q passes and leaves %q", text, rest)
			}
		}
	})
}
