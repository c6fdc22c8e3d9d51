package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/sampler"
)

// Where the threads of a session may run is read from the host, whatever the
// processes inside did about it.
func TestVerify(t *testing.T) {
	bench, harness := twoCPUs(t)
	tests := map[string]struct {
		script string // its last act is to write to the fifo
		seen   int
		err    string // part of it; %s is the cpu it should not be on
	}{
		"stays":             {script: "echo >ready; exec sleep 9999", seen: 1},
		"child stays":       {script: "sh -c 'echo >ready; exec sleep 9999' & wait", seen: 2},
		"moves itself":      {script: "taskset -pc %s $$ >/dev/null; echo >ready; exec sleep 9999", err: "may run on cpus %s and should be on"},
		"child moves":       {script: "taskset -c %s sh -c 'echo >ready; exec sleep 9999' & wait", err: "may run on cpus %s and should be on"},
		"moves the sampler": {script: "taskset -apc " + bench.String() + " $PPID >/dev/null; echo >ready; exec sleep 9999", err: "should be on %s"},
	}
	for name, each := range map[string]engine.Engine{"docker": openDocker(t), "host": engine.OpenHost(program)} {
		for test, want := range tests {
			t.Run(name+"/"+test, func(t *testing.T) {
				spec := newSpec(t)
				session, client := connect(t, each, spec, bench, harness)
				launch(t, client, session, spec, strings.ReplaceAll(want.script, "%s", harness.String()))
				seen, err := session.Verify(engine.Pinning{Bench: bench, Harness: harness, SpawnThread: client.Ready.SpawnThread})
				checkError(t, err, strings.ReplaceAll(want.err, "%s", harness.String()))
				if seen != want.seen {
					t.Errorf("saw %d benchmark processes, want %d", seen, want.seen)
				}
			})
		}
	}
}

// A pinning that nothing keeps to is an error for the sampler's own threads too.
func TestVerifyWrongPinning(t *testing.T) {
	bench, harness := twoCPUs(t)
	session, client := connect(t, openDocker(t), newSpec(t), bench, harness)
	right := engine.Pinning{Bench: bench, Harness: harness, SpawnThread: client.Ready.SpawnThread}
	if _, err := session.Verify(right); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]engine.Pinning{
		"sides swapped":  {Bench: harness, Harness: bench, SpawnThread: right.SpawnThread},
		"another thread": {Bench: bench, Harness: harness, SpawnThread: -1},
	} {
		if _, err := session.Verify(wrong); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Closing returns when the sampler, its benchmark and its container are gone.
func TestSessionClose(t *testing.T) {
	for name, each := range map[string]engine.Engine{"docker": openDocker(t), "host": engine.OpenHost(program)} {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			session, client := connect(t, each, spec, nil, nil)
			launch(t, client, session, spec, "sleep 9999 & echo >ready; wait")
			pids, err := session.Processes()
			if err != nil || len(pids) != 2 {
				t.Fatalf("processes %v and error %v, want two", pids, err)
			}
			if err := session.Close(); err != nil {
				t.Error(err)
			}
			if left := containers(t, spec.Run); len(left) > 0 {
				t.Errorf("containers %v are left", left)
			}
			for _, pid := range append(pids, session.PID) {
				if runs9999(fmt.Sprint(pid)) {
					t.Errorf("process %d is left", pid)
				}
			}
			if err := session.Close(); err != nil {
				t.Errorf("second close: %v", err)
			}
			if _, err := session.Verify(engine.Pinning{}); err == nil {
				t.Error("a closed session verifies")
			}
		})
	}
}

// Nobody is left to clean up after kill -9, and nothing need be.
func TestKilledClient(t *testing.T) {
	spec := newSpec(t)
	ready := fifo(t, spec)
	holder := child(t, "hold", false, childEnv(spec)...)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	ready()
	ids := containers(t, spec.Run)
	if len(ids) != 1 {
		t.Fatalf("containers %v, want one", ids)
	}
	if err := holder.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	awaitGone(t, ids[0])
}

func awaitGone(t *testing.T, id string) {
	t.Helper()
	api, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	gone := api.ContainerWait(t.Context(), id, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	select {
	case <-gone.Result:
	case err := <-gone.Error: // it is gone already
		if !strings.Contains(err.Error(), "No such container") {
			t.Error(err)
		}
	}
}

func connect(t *testing.T, each engine.Engine, spec engine.Spec, bench, harness cpuset.Set) (*engine.Session, *sampler.Client) {
	t.Helper()
	session, err := each.Start(t.Context(), spec, bench.Union(harness))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	client, err := sampler.Connect(t.Context(), session, sampler.Setup{CPUs: bench.String(), Harness: harness.String()})
	if err != nil {
		t.Fatalf("%v; its standard error: %s", err, session.Stderr())
	}
	return session, client
}

// launch starts a benchmark that ends with the session, and returns when it has
// written to the fifo "ready".
func launch(t *testing.T, client *sampler.Client, session *engine.Session, spec engine.Spec, script string) {
	t.Helper()
	ready := fifo(t, spec)
	// The sampler's pipe may close under it: that ends the benchmark.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = client.Execute(context.WithoutCancel(t.Context()), sampler.Order{
			Argv: []string{"/bin/sh", "-c", script}, Dir: session.Work, Timeout: time.Hour, MaxErr: 1000,
		})
	}()
	t.Cleanup(func() { _ = session.Close(); <-ended })
	ready()
}

// fifo makes the pipe through which a benchmark says that it is where the test
// wants it; the function returned waits for that.
func fifo(t *testing.T, spec engine.Spec) func() {
	t.Helper()
	file := filepath.Join(spec.Work, "ready")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
}

// twoCPUs gives two different CPUs that this process may use.
func twoCPUs(t *testing.T) (bench, harness cpuset.Set) {
	t.Helper()
	allowed, err := affinity.Allowed()
	if err != nil || len(allowed) < 2 {
		t.Fatalf("this test needs two CPUs and has %v (%v)", allowed, err)
	}
	return cpuset.Of(slices.Max(allowed)), cpuset.Of(slices.Min(allowed))
}

// checkError wants an error that contains text, or none where text is empty.
func checkError(t *testing.T, err error, text string) {
	t.Helper()
	if text == "" && err != nil || text != "" && (err == nil || !strings.Contains(err.Error(), text)) {
		t.Errorf("error %v, want one with %q", err, text)
	}
}
