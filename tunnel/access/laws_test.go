package access

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// keyOf is a key that OpenSSH would take, one for each letter.
func keyOf(letter string) string {
	return "ssh-ed25519 " + base64.StdEncoding.EncodeToString(blobOf("ssh-ed25519", strings.Repeat(letter, ed25519Size)))
}

// others are lines of other people, who must find them as they were.
var others = []string{
	"", "# a remark", "ssh-rsa AAAAB3 root@box", "  \t", "no-pty ssh-ed25519 AAAA\r", "\x00\xff", `command="x" ssh-ed25519 AAAA`,
	`restrict,command="/usr/bin/perfrun dial-stdio --as a --role king" ` + keyOf("z"),
}

// model is what the file should say.
type model struct {
	file    File
	grants  []Grant
	foreign []string
}

// refused reports whether somebody else has the name or the key, and where the same
// grant stands.
func (m *model) refused(g Grant) (clash bool, at int) {
	at = slices.IndexFunc(m.grants, func(o Grant) bool { return o.Name == g.Name && o.Key == g.Key })
	clash = slices.ContainsFunc(m.grants, func(o Grant) bool { return (o.Name == g.Name) != (o.Key == g.Key) })
	return clash, at
}

func (m *model) add(t *rapid.T) {
	g := Grant{
		Name: rapid.SampledFrom([]string{"a", "b@c", "d+e"}).Draw(t, "name"),
		Role: rapid.SampledFrom([]results.Role{results.Viewer, results.Submitter, results.Admin}).Draw(t, "role"),
		Key:  keyOf(rapid.SampledFrom([]string{"k", "l", "m"}).Draw(t, "key")),
	}
	clash, at := m.refused(g)
	_, err := m.file.Add(Grant{Name: g.Name, Role: g.Role, Key: g.Key + " \"comment\" of somebody"})
	switch {
	case clash != (err != nil):
		t.Fatalf("%+v: %v", g, err)
	case clash:
	case at >= 0:
		m.grants[at].Role = g.Role
	default:
		m.grants = append(m.grants, g)
	}
}

func (m *model) remove(t *rapid.T) {
	who := rapid.SampledFrom([]string{"a", "b@c", "d+e", "nobody"}).Draw(t, "name")
	left := slices.DeleteFunc(slices.Clone(m.grants), func(g Grant) bool { return g.Name == who })
	if err := m.file.Remove(who); (err == nil) != (len(left) < len(m.grants)) {
		t.Fatalf("%s: %v", who, err)
	}
	m.grants = left
}

// check compares the file with the model: the grants, and every other line as it was.
func (m *model) check(t *rapid.T) {
	text, err := os.ReadFile(m.file.Path)
	if err != nil {
		t.Fatal(err)
	}
	var foreign []string
	for line := range strings.Lines(string(text)) {
		if _, ours := parseLine(strings.TrimSuffix(line, "\n")); !ours {
			foreign = append(foreign, strings.TrimSuffix(line, "\n"))
		}
	}
	grants, _, err := m.file.List()
	for i := range grants {
		grants[i].Fingerprint = ""
	}
	if err != nil || !slices.Equal(grants, m.grants) || !slices.Equal(foreign, m.foreign) {
		t.Fatalf("%+v, %q, %v, want %+v, %q", grants, foreign, err, m.grants, m.foreign)
	}
}

// TestFileIsAsItsModel adds and removes at random, between lines of others.
func TestFileIsAsItsModel(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m := &model{
			file:    File{Path: filepath.Join(dir, "authorized_keys"), Program: "/usr/bin/perfrun"},
			foreign: rapid.SliceOfN(rapid.SampledFrom(others), 1, 4).Draw(t, "others"),
		}
		if err := os.WriteFile(m.file.Path, []byte(strings.Join(m.foreign, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){"add": m.add, "remove": m.remove, "look": m.check})
	})
}

// FuzzFile takes any file: who is added and removed again leaves it as it was.
func FuzzFile(f *testing.F) {
	f.Add(strings.Join(others, "\n"))
	f.Add("\n\n" + keyOf("a") + "\n")
	f.Fuzz(func(t *testing.T, was string) {
		newcomer := Grant{Name: "newcomer", Role: results.Viewer, Key: keyOf("n")}
		lines := split(was)
		more, err := File{Program: "/usr/bin/perfrun"}.add(lines, newcomer)
		if strings.Contains(was, newcomer.Name) || err != nil {
			return
		}
		g, ours := parseLine(more[len(more)-1])
		if g.Fingerprint = ""; !ours || g != newcomer || len(more) != len(lines)+1 {
			t.Errorf("%q", more)
		}
		left, _ := without(more, newcomer.Name)
		if is := join(left); strings.TrimSuffix(is, "\n") != strings.TrimSuffix(was, "\n") {
			t.Errorf("%q, want %q", is, was)
		}
	})
}
