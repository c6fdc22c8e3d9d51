package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
)

func TestBuildInContainer(t *testing.T) {
	tests := map[string]struct {
		script, network string
		status          int
		log             string
	}{
		"its status":                {script: "exit 7", status: 7},
		"stops at the first error":  {script: "echo a; false; echo b", status: 1, log: "a\n"},
		"both outputs":              {script: "echo a; echo b >&2", log: "a\nb\n"},
		"both in their order":       {script: "for i in $(seq 300); do echo a; echo b >&2; done", log: strings.Repeat("a\nb\n", 300)},
		"work, home, environment":   {script: `echo "$PWD $HOME $ASKED"`, log: "/workdir /perfrun/home it's $1\n"},
		"no network":                {script: "ls /sys/class/net", log: "lo\n"},
		"a network":                 {script: "ls /sys/class/net", network: "bridge", log: "eth0\nlo\n"},
		"input is at its end":       {script: "cat; echo done", log: "done\n"},
		"the program is there":      {script: "/perfrun/perfrun sampler --help >/dev/null; echo $?", log: "0\n"},
		"the program is not theirs": {script: "touch /perfrun/perfrun 2>/dev/null || echo refused", log: "refused\n"},
	}
	docker := openDocker(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			spec.Env = []string{"ASKED=it's $1"}
			if test.network != "" {
				spec.Network = test.network
			}
			var log bytes.Buffer
			status, err := docker.Build(t.Context(), spec, test.script, &log)
			if err != nil || status != test.status {
				t.Errorf("status %d and error %v, want %d", status, err, test.status)
			}
			if got := log.String(); got != test.log {
				t.Errorf("log %q, want %q", got, test.log)
			}
			if left := containers(t, spec.Run); len(left) > 0 {
				t.Errorf("containers %v are left", left)
			}
		})
	}
}

// What a build writes is the invoking user's, in both folders.
func TestBuildAsInvokingUser(t *testing.T) {
	spec := newSpec(t)
	cmd := child(t, "build", true, append(childEnv(spec), "SCRIPT=touch tree $HOME/cache; echo $(id -u):$(id -g)")...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var made [2]syscall.Stat_t
	for i, file := range []string{filepath.Join(spec.Work, "tree"), filepath.Join(spec.Home, "cache")} {
		if err := syscall.Stat(file, &made[i]); err != nil {
			t.Fatal(err)
		}
	}
	want, text := uint32(os.Getuid()), ""
	if want == 0 {
		want, text = 12345, "12345:12346\n"
	}
	if text != "" && string(out) != text {
		t.Errorf("the build ran as %q, want %q", out, text)
	}
	if made[0].Uid != want || made[1].Uid != want {
		t.Errorf("files belong to %d and %d, want %d", made[0].Uid, made[1].Uid, want)
	}
}

// A cancelled build ends at once, in either engine, and leaves nothing.
func TestBuildCancelled(t *testing.T) {
	for name, each := range map[string]engine.Engine{"docker": openDocker(t), "host": engine.OpenHost(program)} {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			stopped := errors.New("a person stopped it")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			log := &trigger{word: "begun", pull: func() { cancel(stopped) }}
			_, err := each.Build(ctx, spec, "sleep 9999 & echo $! begun; wait", log)
			if !errors.Is(err, stopped) {
				t.Errorf("error %v, want the cause of the cancellation", err)
			}
			if left := containers(t, spec.Run); len(left) > 0 {
				t.Errorf("containers %v are left", left)
			}
			if pid, _, _ := strings.Cut(log.text.String(), " "); name == "host" && runs9999(pid) {
				t.Errorf("process %s of the build is left", pid)
			}
		})
	}
}

func TestBuildOnHost(t *testing.T) {
	spec := newSpec(t)
	spec.Env = []string{"ASKED=yes"}
	var log bytes.Buffer
	status, err := engine.OpenHost(program).Build(t.Context(), spec, `echo "$PWD $HOME $ASKED"; exit 7`, &log)
	if err != nil || status != 7 {
		t.Errorf("status %d and error %v, want 7", status, err)
	}
	if want := spec.Work + " " + spec.Home + " yes\n"; log.String() != want {
		t.Errorf("log %q, want %q", log.String(), want)
	}
}

// runs9999 reports whether the process is the sleep of a test, alive.
func runs9999(pid string) bool {
	line, err := os.ReadFile("/proc/" + pid + "/cmdline") // empty for a zombie
	return err == nil && strings.Contains(string(line), "9999")
}

// trigger pulls once a word was written to it.
type trigger struct {
	word string
	pull func()
	text bytes.Buffer
}

func (l *trigger) Write(b []byte) (int, error) {
	l.text.Write(b)
	if strings.Contains(l.text.String(), l.word) {
		l.pull()
	}
	return len(b), nil
}
