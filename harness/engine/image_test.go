package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

func TestResolve(t *testing.T) {
	id := docker(t, "image", "inspect", "--format", "{{.Id}}", image)
	tests := map[string]struct {
		ref  string
		want engine.Image
		err  string
	}{
		"tag":     {ref: image, want: engine.Image{Ref: image, ID: id, Digest: id}},
		"id":      {ref: id, want: engine.Image{Ref: id, ID: id, Digest: id}},
		"missing": {ref: "localhost:1/nothing:1", err: "is not on this machine and cannot be pulled"},
		"no name": {ref: "No Name", err: "image No Name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := openDocker(t).Resolve(t.Context(), test.ref, io.Discard)
			checkError(t, err, test.err)
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			problem, ok := errors.AsType[*results.Problem](err)
			if test.err != "" && (!ok || problem.Kind != results.BadInput || problem.Next == "") {
				t.Errorf("error %#v, want bad input with a hint", err)
			}
		})
	}
}

// autouseradd takes options of its own, then becomes the command.
const autouseradd = `#!/bin/sh
[ "$1" = --user ] && shift 2
export AUTOUSERADD=1
exec "$@"
`

func TestEntrypoint(t *testing.T) {
	tests := map[string]struct{ change, log string }{
		"autouseradd": {change: `ENTRYPOINT ["/usr/local/bin/autouseradd", "--user", "ci"]`, log: "1\n"},
		"another":     {change: `ENTRYPOINT ["/bin/false"]`, log: "none\n"},
		"a shell's":   {change: `ENTRYPOINT exec autouseradd`, log: "none\n"},
		"a command":   {change: `CMD ["/bin/false"]`, log: "none\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			spec.Image = commit(t, spec.Run, test.change)
			var log bytes.Buffer
			status, err := openDocker(t).Build(t.Context(), spec, `echo "${AUTOUSERADD:-none}"`, &log)
			if err != nil || status != 0 || log.String() != test.log {
				t.Errorf("status %d, error %v, log %q, want log %q", status, err, log.String(), test.log)
			}
			session, _ := connect(t, openDocker(t), spec, nil, nil)
			environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", session.PID))
			if kept := bytes.Contains(environment, []byte("AUTOUSERADD=1")); err != nil || kept != (name == "autouseradd") {
				t.Errorf("sampler through autouseradd: %v (%v)", kept, err)
			}
		})
	}
}

// commit makes an image that has a script called autouseradd and is changed as a
// Dockerfile's line says.
func commit(t *testing.T, run, change string) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "autouseradd")
	if err := os.WriteFile(script, []byte(autouseradd), 0o755); err != nil {
		t.Fatal(err)
	}
	from := docker(t, "create", "--label", "dev.mtrlz.perfrun.run="+run, image, "true")
	docker(t, "cp", script, from+":/usr/local/bin/autouseradd")
	id := docker(t, "commit", "--change", change, from)
	t.Cleanup(func() {
		removeContainers(run)
		_ = exec.Command("docker", "rmi", "-f", id).Run()
	})
	return id
}

// An image without a shell cannot build, and says so.
func TestNoShell(t *testing.T) {
	spec := newSpec(t)
	empty := exec.Command("docker", "import", "-")
	empty.Stdin = bytes.NewReader(make([]byte, 1024)) // a tar archive of nothing
	id, err := empty.Output()
	if err != nil {
		t.Fatal(err)
	}
	spec.Image = string(bytes.TrimSpace(id))
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", spec.Image).Run() })
	_, err = openDocker(t).Build(t.Context(), spec, "true", io.Discard)
	if _, ok := errors.AsType[*results.Problem](err); !ok {
		t.Errorf("error %v, want a problem", err)
	}
	if left := containers(t, spec.Run); len(left) > 0 {
		t.Errorf("containers %v are left", left)
	}
	// The sampler needs none of it.
	if session, client := connect(t, openDocker(t), spec, nil, nil); client.Ready.Home != "/perfrun/home" || session.PID == 0 {
		t.Errorf("ready %+v, pid %d", client.Ready, session.PID)
	}
}
