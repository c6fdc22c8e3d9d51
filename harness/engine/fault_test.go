package engine_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

// faulty stands in for an Engine that fails where a real one does not on demand.
// It answers a request by the key that is its method and the end of its path; an
// answer is a status and a body.
type faulty struct {
	answers map[string]string
	mu      sync.Mutex
	asked   []string
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	f.mu.Unlock()
	w.Header().Set("Api-Version", "1.44")
	w.Header().Set("Content-Type", "application/json")
	for key, answer := range f.answers {
		method, end, _ := strings.Cut(key, " ")
		if r.Method != method || !strings.HasSuffix(r.URL.Path, end) {
			continue
		}
		status, body := 0, ""
		_, _ = fmt.Sscanf(answer, "%d", &status)
		_, body, _ = strings.Cut(answer, " ")
		if status == http.StatusSwitchingProtocols {
			hijack(w)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return
	}
	_, _ = io.WriteString(w, "{}")
}

// hijack agrees to an attach and then says nothing.
func hijack(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
}

func TestFaults(t *testing.T) {
	const created = `201 {"Id":"abcdefabcdefabcdef","Warnings":["swap limit is not supported"]}`
	const message = `{"message":"disk full"}`
	tests := map[string]struct {
		answers map[string]string
		err     string
		problem bool // it is one that a person can act on
		removes bool // the container that was made
	}{
		"create fails":    {answers: map[string]string{"POST /containers/create": "500 " + message}, err: "create container: Error response from daemon: disk full"},
		"image vanished":  {answers: map[string]string{"POST /containers/create": "404 " + message}, err: "was removed from this machine", problem: true},
		"inspect fails":   {answers: map[string]string{"GET /images/i/json": "500 " + message}, err: "disk full"},
		"attach fails":    {answers: map[string]string{"POST /create": created, "POST /attach": "500 " + message}, err: "attach to", removes: true},
		"start fails":     {answers: map[string]string{"POST /create": created, "POST /attach": "101", "POST /start": "500 " + message}, err: "does not start", problem: true, removes: true},
		"removal fails":   {answers: map[string]string{"POST /create": created, "POST /attach": "500 " + message, "DELETE /abcdefabcdefabcdef": "500 " + message}, err: "remove container abcdefabcdef", removes: true},
		"removed already": {answers: map[string]string{"POST /create": created, "POST /attach": "500 " + message, "DELETE /abcdefabcdefabcdef": "409 " + message}, err: "attach to", removes: true},
	}
	for name, test := range tests {
		for way, do := range map[string]func(*engine.Docker) error{
			"build": func(d *engine.Docker) error {
				_, err := d.Build(t.Context(), engine.Spec{Image: "i", Network: "none"}, "true", io.Discard)
				return err
			},
			"start": func(d *engine.Docker) error {
				_, err := d.Start(t.Context(), engine.Spec{Image: "i", Network: "none"}, nil)
				return err
			},
		} {
			t.Run(name+"/"+way, func(t *testing.T) {
				docker, asked := openFaulty(t, test.answers)
				err := do(docker)
				checkError(t, err, test.err)
				if _, ok := errors.AsType[*results.Problem](err); ok != test.problem {
					t.Errorf("error %#v: is a problem: %v, want %v", err, ok, test.problem)
				}
				if removes := slices.ContainsFunc(asked(), func(r string) bool { return strings.HasPrefix(r, "DELETE ") }); removes != test.removes {
					t.Errorf("asked %q: removes is %v, want %v", asked(), removes, test.removes)
				}
			})
		}
	}
}

// A pull that breaks off in the middle of its progress has failed.
func TestPullFails(t *testing.T) {
	docker, _ := openFaulty(t, map[string]string{
		"GET /images/i/json":  `404 {"message":"no such image"}`,
		"POST /images/create": `200 {"status":"Pulling"}` + "\n" + `{"errorDetail":{"message":"quota is spent"},"error":"quota is spent"}`,
	})
	var talk strings.Builder
	_, err := docker.Resolve(t.Context(), "i", &talk)
	checkError(t, err, "quota is spent")
	if talk.String() != "pulling image i\n" {
		t.Errorf("said %q", talk.String())
	}
}

func openFaulty(t *testing.T, answers map[string]string) (*engine.Docker, func() []string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	stand := &faulty{answers: answers}
	server := &http.Server{Handler: stand}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	return openDocker(t), func() []string {
		stand.mu.Lock()
		defer stand.mu.Unlock()
		return slices.Clone(stand.asked)
	}
}
