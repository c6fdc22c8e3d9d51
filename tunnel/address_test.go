package tunnel

import (
	"errors"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

func TestParseAddress(t *testing.T) {
	check := func(text string, want Address) {
		t.Helper()
		got, err := ParseAddress(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := ParseAddress(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q and read as %+v, %v", text, got, again, err)
		}
	}
	check("perf@mtrlz.dev:2222", Address{User: "perf", Host: "mtrlz.dev", Port: 2222})
	check("perf@mtrlz.dev", Address{User: "perf", Host: "mtrlz.dev"})
	check("the_box", Address{Host: "the_box"})
	check("a.b_c-d@10.0.0.1:1", Address{User: "a.b_c-d", Host: "10.0.0.1", Port: 1})
	check("perf@[::1]:65535", Address{User: "perf", Host: "::1", Port: 65535})
	check("perf@[fe80::1]", Address{User: "perf", Host: "fe80::1"})
	check("fe80::1", Address{Host: "fe80::1"})
	check("unix:///run/perfrun/perfrun.sock", Address{Socket: "/run/perfrun/perfrun.sock"})
	check("unix:///a b", Address{Socket: "/a b"})
}

func TestRefusedAddresses(t *testing.T) {
	check := func(text, what string) {
		t.Helper()
		got, err := ParseAddress(text)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.BadInput || problem.Next == "" || !strings.Contains(problem.What, what) {
			t.Errorf("%q: %+v, %v; want %q", text, got, err, what)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the password is shown: %v", text, err)
		}
	}
	check("", "no host")
	check("perf@", "no host")
	check("@box", "no user")
	check("-oProxyCommand=x", "no host")
	check("-oProxyCommand=x@box", "no user")
	check("perf@-oProxyCommand=x", "no host")
	check("perf@[-oProxyCommand=x]", "no host")
	check("perf:secret@box", "a password")
	check("perf:secret@x@box:22", "a password")
	check("ssh://perf@box", "scheme")
	check("http://box", "scheme")
	check("perf@box?x=1", "more than")
	check("perf@box/path", "more than")
	check("perf@box#f", "more than")
	check("perf@box:", "no port")
	check("perf@box:0", "no port")
	check("perf@box:65536", "no port")
	check("perf@box:+22", "no port")
	check("perf@box:022", "no port")
	check("perf@[::1", "told apart")
	check("perf@[::1]x:22", "told apart")
	check("perf@[fe80::1%eth0;x]:22", "no host")
	check("perf@$(id)", "no host")
	check("`id`@box", "no user")
	check("perf@box\n", "no host")
	check("perf@a b", "no host")
	check("a b@box", "no user")
	check("perf@"+strings.Repeat("a", 300), "no host")
	check("unix://run/x", "absolute")
	check("unix:///", "absolute")
	check("unix:///a/../b", "absolute")
	check("unix:///a?x", "should")
	check("unix:///a\x00b", "should")
	check("unix:///"+strings.Repeat("a", 107), "longer")
}

// FuzzParseAddress: what is taken is harmless as an argument of ssh, and is read
// again as the same.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"perf@mtrlz.dev:2222", "unix:///run/x", "perf@[::1]:22", "-o@x", "a:b@c", "::1", "[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			return
		}
		if again, err := ParseAddress(a.String()); err != nil || again != a {
			t.Fatalf("%q is %+v, written %q, read as %+v, %v", text, a, a, again, err)
		}
		for _, word := range []string{a.User, a.Host} {
			if strings.HasPrefix(word, "-") || strings.ContainsAny(word, " \t\n'\"\\$`;&|<>()*?[]{}!#~%=") {
				t.Fatalf("%q became the word %q", text, word)
			}
		}
	})
}

func TestUnreachableIsAProblem(t *testing.T) {
	var err error = &Unreachable{Problem: results.Problem{Kind: results.CannotRun, Where: "box x", What: "it is away"}, Lasting: true}
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || problem.Where != "box x" || err.Error() != "box x: it is away" {
		t.Errorf("%v, %+v", err, problem)
	}
}
