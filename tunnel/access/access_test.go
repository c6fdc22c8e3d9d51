package access

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/sshdtest"
)

// newKey has ssh-keygen make one.
func newKey(t testing.TB, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", append([]string{"-q", "-N", "", "-C", "somebody@laptop", "-f", path}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func newFile(t testing.TB) File {
	return File{Path: filepath.Join(t.TempDir(), "authorized_keys"), Program: "/usr/bin/perfrun"}
}

// with is a file that says so already.
func with(t testing.TB, text string) File {
	t.Helper()
	f := newFile(t)
	if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func wants(t *testing.T, err error, what string) {
	t.Helper()
	if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(problem.Error(), what) {
		t.Errorf("the error is %v, want a problem with %q", err, what)
	}
}

func TestAddListRemove(t *testing.T) {
	f, first, second := newFile(t), newKey(t, "-t", "ed25519"), newKey(t, "-t", "ecdsa")
	add := func(name, key string, role results.Role) error {
		_, err := f.Add(Grant{Name: name, Role: role, Key: key})
		return err
	}
	names := func(want ...string) {
		t.Helper()
		grants, foreign, err := f.List()
		var got []string
		for _, g := range grants {
			got = append(got, g.Name+" "+string(g.Role))
		}
		if err != nil || !slices.Equal(got, want) || len(foreign) > 0 {
			t.Errorf("%q, %v, %v, want %q", got, foreign, err, want)
		}
	}
	names()
	for _, err := range []error{add("ci", first, results.Submitter), add("nikhil@mtrlz", second, results.Admin), add("ci", first, results.Viewer)} {
		if err != nil {
			t.Error(err)
		}
	}
	names("ci viewer", "nikhil@mtrlz admin")
	wants(t, add("ci", second, results.Viewer), "ci has another key")
	wants(t, add("other", first, results.Viewer), "this key is ci's")
	wants(t, add("x y", first, results.Viewer), "cannot be a person's name")
	wants(t, add("x", first, "root"), "no such role")
	wants(t, f.Remove("nobody"), "is not let in")
	if err := f.Remove("ci"); err != nil {
		t.Error(err)
	}
	names("nikhil@mtrlz admin")
	if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestKeysOfEveryKind compares with what ssh-keygen says of them.
func TestKeysOfEveryKind(t *testing.T) {
	for _, args := range [][]string{{"-t", "ed25519"}, {"-t", "ecdsa", "-b", "521"}, {"-t", "rsa", "-b", "3072"}} {
		text := newKey(t, args...)
		path := filepath.Join(t.TempDir(), "key.pub")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ssh-keygen", "-l", "-f", path).Output()
		k, parseErr := parseKey(text)
		if err != nil || parseErr != nil || strings.Fields(string(out))[1] != k.fingerprint() {
			t.Errorf("%q: %v, %v: %s, %s", args, err, parseErr, k.fingerprint(), out)
		}
	}
	_, err := parseKey(newKey(t, "-t", "rsa", "-b", "2048"))
	wants(t, err, "an RSA key of 2048 bits is too weak")
}

func TestWhatIsNoKey(t *testing.T) {
	good := strings.TrimSpace(newKey(t, "-t", "ed25519"))
	fields := strings.Fields(good)
	check := func(text, what string) {
		t.Helper()
		f := newFile(t)
		_, err := f.Add(Grant{Name: "x", Role: results.Viewer, Key: text})
		wants(t, err, what)
		if _, err := os.Stat(f.Path); err == nil {
			t.Errorf("%q left a file", text)
		}
	}
	check("", "kind of key")
	for _, private := range []string{"-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n", "PuTTY-User-Key-File-3: ssh-ed25519\nSECRET", "b3BlbnNzaC1rZXktdjEAAAAASECRET"} {
		check(private, "private key")
		if err := CheckKey(private); strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v", err)
		}
	}
	check(`command="sh" `+good, "kind of key")
	check("no-pty "+good, "kind of key")
	check(good+"\n"+good, "not one line")
	check("ssh-dss AAAA", "too weak")
	check(fields[0]+" !!!!", "no key in base64")
	check("ssh-rsa "+fields[1], "not of the kind")
	check(fields[0]+" "+fields[1][:21], "no key in base64")
	check(fields[0]+" AAAAC3NzaC1lZDI1NTE5", "cut off")
	check(strings.Repeat("a", mostKey+1), "not one line")

	made := func(kind string, parts ...string) string {
		return kind + " " + base64.StdEncoding.EncodeToString(blobOf(append([]string{kind}, parts...)...))
	}
	private, _ := ecdh.P256().GenerateKey(rand.Reader)
	point := string(private.PublicKey().Bytes())
	if err := CheckKey(made("ecdsa-sha2-nistp256", "nistp256", point)); err != nil {
		t.Error(err)
	}
	check(made("ssh-ed25519", strings.Repeat("x", 31)), "damaged")
	check(made("ssh-ed25519", strings.Repeat("x", 32), "more"), "damaged")
	check(made("ecdsa-sha2-nistp256", "nistp384", point), "damaged")
	check(made("ecdsa-sha2-nistp256", "nistp256", point[:64]+"x"), "damaged")
	check(made("sk-ssh-ed25519@openssh.com", strings.Repeat("x", 32)), "damaged")
}

// blobOf writes a key as it stands in a file, before base64.
func blobOf(parts ...string) (blob []byte) {
	for _, part := range parts {
		blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(part))), part...)
	}
	return blob
}

func TestOtherLinesStay(t *testing.T) {
	foreign := "# mine\n\nssh-ed25519 AAAAother root@box\nrestrict,command=\"/usr/bin/perfrun dial-stdio --as x --role king\" ssh-ed25519 AAAA\n"
	f, key := with(t, foreign), newKey(t, "-t", "ed25519")
	if _, err := f.Add(Grant{Name: "ci", Role: results.Viewer, Key: key}); err != nil {
		t.Fatal(err)
	}
	if _, lines, err := f.List(); err != nil || !slices.Equal(lines, []int{3, 4}) {
		t.Errorf("%v, %v", lines, err)
	}
	if err := f.Remove("ci"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(f.Path); err != nil || string(text) != foreign {
		t.Errorf("%q, %v", text, err)
	}
	fields := strings.Fields(key)
	for _, text := range []string{key, "no-pty\t" + fields[0] + "   " + fields[1], "restrict,command=\"/bin/sh\",pty,environment=\"X=/y dial-stdio --as x --role viewer\" " + key} {
		open := with(t, text)
		_, err := open.Add(Grant{Name: "ci", Role: results.Viewer, Key: key})
		wants(t, err, "for more than perfrun")
		if grants, lines, err := open.List(); err != nil || len(grants) > 0 || !slices.Equal(lines, []int{1}) {
			t.Errorf("%q: %v, %v, %v", text, grants, lines, err)
		}
	}
	if _, err := with(t, "# once: "+key).Add(Grant{Name: "ci", Role: results.Viewer, Key: key}); err != nil {
		t.Error(err)
	}
}

// TestCopiesLoseTheirRole: sshd obeys the first line of a key, so that no other role
// may stand in a second one.
func TestCopiesLoseTheirRole(t *testing.T) {
	key := keyOf("a")
	line := `restrict,command="/old/perfrun dial-stdio --as ci --role admin" ` + key + "\n"
	f := with(t, line+"# remark\n"+line)
	if _, err := f.Add(Grant{Name: "ci", Role: results.Viewer, Key: key}); err != nil {
		t.Fatal(err)
	}
	if grants, _, err := f.List(); err != nil || len(grants) != 1 || grants[0].Role != results.Viewer {
		t.Errorf("%v, %v", grants, err)
	}
}

func TestProgramsThatAreMoreThanAPath(t *testing.T) {
	for _, path := range []string{"perfrun", "/opt/my tools/perfrun", `/x"/perfrun`, "/x;y", "/$(id)", ""} {
		_, err := File{Path: newFile(t).Path, Program: path}.Add(Grant{Name: "ci", Role: results.Viewer, Key: keyOf("a")})
		wants(t, err, "sshd cannot be told to start it")
	}
}

func TestManyAtOnce(t *testing.T) {
	f, keys := newFile(t), "abcdefgh"
	var group sync.WaitGroup
	for _, letter := range keys {
		group.Go(func() {
			if _, err := f.Add(Grant{Name: string(letter), Role: results.Viewer, Key: keyOf(string(letter))}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if grants, _, err := f.List(); err != nil || len(grants) != len(keys) {
		t.Errorf("%d are let in, %v", len(grants), err)
	}
}

// TestSSHDObeysTheLine lets a key in for a program that says how it was called.
func TestSSHDObeysTheLine(t *testing.T) {
	server := sshdtest.Start(t, "false")
	f := File{Path: server.AuthorizedKeys(), Program: "/bin/echo"}
	key, err := os.ReadFile(server.Key() + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(Grant{Name: "ci", Role: results.Submitter, Key: string(key)}); err != nil {
		t.Fatal(err)
	}
	ssh := func(args ...string) string {
		to := []string{"-p", fmt.Sprint(server.Address.Port), server.Address.User + "@" + server.Address.Host}
		out, _ := exec.Command(server.Program(), append(to, args...)...).CombinedOutput()
		return string(out)
	}
	if out := ssh("id"); !strings.Contains(out, "dial-stdio --as ci --role submitter\n") {
		t.Errorf("%q", out)
	}
	if err := f.Remove("ci"); err != nil {
		t.Fatal(err)
	}
	if out := ssh("id"); !strings.Contains(out, "Permission denied") {
		t.Errorf("%q", out)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== x")
	f.Add(newKey(f, "-t", "ed25519"))
	f.Fuzz(func(t *testing.T, text string) {
		k, err := parseKey(text)
		if err != nil {
			return
		}
		line := fmt.Sprintf(`restrict,command="/p dial-stdio --as a --role viewer" %s a`, k.text())
		if g, ours := parseLine(line); !ours || g.Key != k.text() || strings.ContainsAny(line, "\n\r\x00") {
			t.Errorf("%q is written as %q", text, line)
		}
	})
}
