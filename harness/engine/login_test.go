package engine_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrivateRegistry pulls from a real registry that wants a password, with the means
// that Docker's own configuration has: a stored one, a credential helper, or none.
func TestPrivateRegistry(t *testing.T) {
	// "ci" with the password "s3cret", as htpasswd -B writes it.
	passwords := filepath.Join(t.TempDir(), "htpasswd")
	write := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(passwords, "ci:$2y$04$waWn.LSxYow6mJFDk4uIe.J3nZqJnPurzer8BVU5ZKTYRJHTK59Fe\n", 0o600)
	address, _ := startRegistry(t, fmt.Sprintf("auth: {htpasswd: {realm: perfrun, path: %s}}\n", passwords))
	name := address + "/acme/private:20261123-120000"
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	t.Setenv("PATH", config+":"+os.Getenv("PATH"))
	settings := func(text string) { write(filepath.Join(config, "config.json"), text, 0o600) }
	stored := func(who string) string {
		return fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, address, base64.StdEncoding.EncodeToString([]byte(who)))
	}

	empty := exec.Command("docker", "import", "-", name)
	empty.Stdin = bytes.NewReader(make([]byte, 1024)) // a tar archive of nothing
	if out, err := empty.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	remove := func() { _ = exec.Command("docker", "rmi", name).Run() }
	t.Cleanup(remove)
	settings(stored("ci:s3cret"))
	docker(t, "push", "-q", name)

	check := func(what, wrong string) {
		t.Helper()
		remove()
		var said strings.Builder
		got, err := openDocker(t).Resolve(t.Context(), name, &said)
		checkError(t, err, wrong)
		if wrong == "" && !strings.HasPrefix(got.Digest, address+"/acme/private@sha256:") {
			t.Errorf("%s: resolved to %+v", what, got)
		}
		if text := fmt.Sprint(said.String(), err); strings.Contains(text, "s3cret") {
			t.Errorf("%s: the password is told: %s", what, text)
		}
	}
	check("a stored password", "")
	write(filepath.Join(config, "docker-credential-test"), fmt.Sprintf("#!/bin/sh\nread -r server\n[ \"$1 $server\" = 'get %s' ] && echo '{\"Username\": \"ci\", \"Secret\": \"s3cret\"}'\n", address), 0o755)
	settings(fmt.Sprintf(`{"credHelpers": {%q: "test"}}`, address))
	check("a credential helper", "")
	if forgotten, err := openDocker(t).Forget(t.Context(), name); err != nil || !forgotten {
		t.Errorf("an image of a private registry that can be had again stays: %v, %v", forgotten, err)
	}
	settings(`{}`)
	check("nothing", "log in to its registry")
	settings(stored("ada:s3cret"))
	check("another user", "cannot be pulled")
	settings(`{"auths": `)
	check("a broken configuration", "config.json")
	settings(fmt.Sprintf(`{"credHelpers": {%q: "nowhere"}}`, address))
	check("a helper that is not there", "config.json")
	if _, err := openDocker(t).Resolve(t.Context(), image, io.Discard); err != nil {
		t.Errorf("a local image needs no login: %v", err)
	}
}
