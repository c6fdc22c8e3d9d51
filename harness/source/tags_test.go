package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTags: releases by the commits that they name, annotated or not.
func TestTags(t *testing.T) {
	r := newRepo(t)
	first := r.commit("first", "a", "1")
	r.git("tag", "v1.0")
	second := r.commit("second", "a", "2")
	r.git("-c", "user.name=a", "-c", "user.email=a@b", "tag", "--annotate", "--message", "two\nlines", "v2.0")
	r.git("tag", "nightly")
	check := func(pattern string, want map[string]string) {
		t.Helper()
		got, err := r.open(t.TempDir()).Tags(t.Context(), pattern)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", pattern, err, diff)
		}
	}
	check("v*", map[string]string{first: "v1.0", second: "v2.0"})
	check("none*", map[string]string{})
	check("$(touch x); --all", map[string]string{})
}

// TestBetween: what a commit says arrives whole, whatever it and the user's settings are.
func TestBetween(t *testing.T) {
	r := newRepo(t)
	base := r.commit("base", "a", "0")
	r.git("config", "i18n.logOutputEncoding", "ISO-8859-1")
	r.git("config", "log.showSignature", "true")
	long := "Ä --all $(id) | <b>" + strings.Repeat("x", 100_000)
	r.commit(long, "a", "1")
	head := r.commit("last", "a", "2")
	commits, total, err := r.open(t.TempDir()).Between(t.Context(), base, head, 20)
	if err != nil || total != 2 || len(commits) != 2 || commits[0].Rev != head || commits[1].Subject != long {
		t.Errorf("%.300v, %d, %v", commits, total, err)
	}
	for _, rev := range []string{"", "--all", "HEAD", "../x"} {
		if _, _, err := r.open(t.TempDir()).Between(t.Context(), rev, head, 20); err == nil {
			t.Errorf("%q is taken as the name of a commit", rev)
		}
	}
}
