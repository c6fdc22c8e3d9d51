package harness_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

// built makes a run whose build writes down what it was told of caches, and returns what
// the run notes and what the build saw.
func built(t *testing.T, suite string) (notes map[string]string, seen string, w *world) {
	t.Helper()
	w = newWorld(t, engine.OpenHost(program), "rounds: 4, stop: fixed", stand{name: "x"})
	for _, side := range results.Sides() {
		w.write("perf.yml", suite+"benchmarks:\n  - {name: x, run: ./bench x, format: values}\n")
		w.write("README", string(side))
		w.git("add", "--all")
		w.git("commit", "--quiet", "-m", string(side))
	}
	return again(w, "a")
}

func again(w *world, id string) (notes map[string]string, seen string, _ *world) {
	w.t.Helper()
	notes = map[string]string{}
	for _, n := range w.measure(w.request(id)).Run.Notes {
		notes[n.Name] = n.Value
	}
	found, _ := filepath.Glob(filepath.Join(w.h.Cache, "*", "head", "target", "seen"))
	if len(found) != 1 {
		w.t.Fatalf("what the build saw: %v", found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return notes, string(text), w
}

const cacheSuite = `suite: cached
policy: {rounds: 4, stop: fixed}
build: {run: "mkdir -p target && env | grep ^SCCACHE_ | sort >target/seen || true", cache: [target], env: {RUSTC_WRAPPER: sccache, SCCACHE_MEMCACHED: "ADDRESS"}}
`

// memcached starts a real one, and returns its address.
func memcached(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	waitPort(t, port)
	return "tcp://127.0.0.1:" + port
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func waitPort(t *testing.T, port string) {
	t.Helper()
	for range 600 {
		if connection, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = connection.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("memcached does not listen")
}

// TestSccache builds a library with the real one, whose memcached is not there: what
// the first run compiled the second finds in the local cache.
func TestSccache(t *testing.T) {
	docker, err := engine.OpenDocker(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	defer docker.Close()
	w := newWorld(t, docker, "rounds: 4, stop: fixed", stand{name: "x"})
	w.write("perf.yml", `suite: cached
image: {ref: "perfrun-test/sccache:20261123-120000"}
policy: {rounds: 4, stop: fixed}
build:
  run: cargo build --offline && sccache --show-stats
  env: {RUSTC_WRAPPER: sccache, CARGO_INCREMENTAL: "0", SCCACHE_MEMCACHED: "tcp://buildcache.internal.invalid:11211"}
benchmarks:
  - {name: x, run: ./bench x, format: values}
`)
	w.write("Cargo.toml", "[package]\nname = \"cached\"\nversion = \"0.1.0\"\n[lib]\npath = \"lib.rs\"\n")
	w.write("lib.rs", "pub fn one() -> u32 { 1 }\n")
	for _, side := range results.Sides() {
		w.write("README", string(side))
		w.git("add", "--all")
		w.git("commit", "--quiet", "-m", string(side))
	}
	hits := regexp.MustCompile(`(?m)^Cache hits\s+([0-9]+)`)
	for i, want := range []string{"0", "1"} {
		id := strconv.Itoa(i)
		w.measure(w.request(id))
		log, err := os.ReadFile(filepath.Join(w.h.Logs, id, "build-head.log"))
		if err != nil {
			t.Fatal(err)
		}
		if found := hits.FindSubmatch(log); found == nil || string(found[1]) != want || !strings.Contains(string(log), "/perfrun/home/.cache/sccache") {
			t.Errorf("run %s: want %s hits in the local cache:\n%s", id, want, log)
		}
	}
}

func TestBuildCache(t *testing.T) {
	check := func(address, wantNote, wantSeen string) {
		t.Helper()
		notes, seen, _ := built(t, strings.Replace(cacheSuite, "ADDRESS", address, 1))
		if !strings.Contains(notes["build cache"], wantNote) || seen != wantSeen {
			t.Errorf("with %s: the run notes %q, the build saw %q; want %q, %q", address, notes["build cache"], seen, wantNote, wantSeen)
		}
	}
	there := memcached(t)
	check(there, "sccache with memcached at "+strings.TrimPrefix(there, "tcp://"), "SCCACHE_MEMCACHED="+there+"\n")
	check("tcp://buildcache.internal.invalid:11211", "sccache with a local folder of at most 10G: memcached at buildcache.internal.invalid:11211 cannot be used", "SCCACHE_CACHE_SIZE=10G\n")
	check("tcp://user:secret@127.0.0.1:1", "memcached at 127.0.0.1:1 cannot be used", "SCCACHE_CACHE_SIZE=10G\n")
	check("://", "memcached at a place that is no address cannot be used", "SCCACHE_CACHE_SIZE=10G\n")
}

func TestBuildsAreNoted(t *testing.T) {
	notes, _, w := built(t, strings.Replace(cacheSuite, "SCCACHE_MEMCACHED", "OTHER", 1))
	if !strings.HasSuffix(notes["build of head"], "from scratch: target were empty") || notes["build cache"] != "" {
		t.Errorf("the first build: %q", notes)
	}
	w.heard("building base", "building head")
	if notes, _, _ = again(w, "b"); !strings.HasSuffix(notes["build of head"], "with what earlier builds left in target") {
		t.Errorf("the second build: %q", notes)
	}
}
