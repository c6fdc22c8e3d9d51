package harness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// image is made by .ci/images: a Debian with a shell.
const image = "perfrun-test/rust:20260901-120000"

// program is a static perfrun, whose sampler the tests use.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "perfrun-harness-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "perfrun")
		build := exec.Command("go", "build", "-ldflags", `-linkmode external -extldflags "-static"`, "-o", program, "../cmd/perfrun")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// script stands in for a benchmark: it prints one value after the other from a file
// of its commit, so that nothing depends on how fast this machine is. In the
// second block, which it knows by its sampler being another, the file is another.
const script = `#!/bin/sh
set -e
id="$PPID/$(sed -n 's,.*/containers/\([0-9a-f]*\)/hostname.*,\1,p' /proc/self/mountinfo)"
[ -e seen ] || echo "$id" >seen
read -r known <seen
file=$1.first
if [ "$id" != "$known" ]; then
	file=$1.second
	grep -qxF -e "$id" seen || echo "$id" >>seen
fi
n=0
[ -e "$file.n" ] && read -r n <"$file.n"
echo $((n + 1)) >"$file.n"
echo "latency $(sed -n "$((n + 1))p" "$file") s"
`

// stand is a benchmark of the stand-in: how noisy it is, and how much slower head
// is in the first block and in the second.
type stand struct {
	name                  string
	noise, first, another float64 // fractions
	breaks                bool    // in the second block
}

// world is a machine with one user, one repository and one database.
type world struct {
	t      *testing.T
	dir    string
	repo   string
	h      *harness.Harness
	store  *store.Store
	said   []string
	steps  []harness.Step
	onStep func(harness.Step)
	clock  time.Time
	starts []int // process ids of the samplers
}

// tick is how far the clock goes whenever somebody looks at it: a machine that is
// busy does not change what a test sees.
const tick = 100 * time.Millisecond

func (w *world) now() time.Time {
	w.clock = w.clock.Add(tick)
	return w.clock
}

// Say, Step and Broken implement harness.Progress.
func (w *world) Say(line string) { w.said = append(w.said, line) }

func (w *world) Step(s harness.Step) {
	w.steps = append(w.steps, s)
	if w.onStep != nil {
		w.onStep(s)
	}
}

func (w *world) Broken(benchmark string, side results.Side, fault results.Fault) {
	w.Say(fmt.Sprintf("%s is broken on %s: %s", benchmark, side, fault.Detail))
}

// watched is an engine that notes the samplers it starts.
type watched struct {
	engine.Engine
	w *world
}

func (e watched) Start(ctx context.Context, spec engine.Spec, cpus cpuset.Set) (*engine.Session, error) {
	session, err := e.Engine.Start(ctx, spec, cpus)
	if err == nil {
		e.w.starts = append(e.w.starts, session.PID)
	}
	return session, err
}

// newWorld makes a repository whose commits base and head hold the stand-ins.
func newWorld(t *testing.T, on engine.Engine, policy string, stands ...stand) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	w.repo = filepath.Join(w.dir, "repo")
	if err := os.Mkdir(w.repo, 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(w.dir, "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.store = db
	w.h = &harness.Harness{
		Engine: watched{on, w}, Store: db, Progress: w, Cache: filepath.Join(w.dir, "cache"), Logs: filepath.Join(w.dir, "logs"),
		Lock: filepath.Join(w.dir, "lock"), Owner: "harness-test", User: "ada", Now: w.now,
	}
	w.git("init", "--quiet", "--initial-branch=main", ".")
	suite := fmt.Sprintf("suite: stand-ins\nimage: {ref: %q}\npolicy: {%s}\nbenchmarks:\n", image, policy)
	for _, s := range stands {
		suite += fmt.Sprintf("  - {name: %s, run: ./bench %s, format: values}\n", s.name, s.name)
	}
	w.write("perf.yml", suite)
	w.write("bench", script)
	w.write(".gitignore", "seen\n*.n\n")
	for i, side := range results.Sides() {
		for k, s := range stands {
			for block, change := range map[string]float64{"first": s.first, "second": s.another} {
				seed := uint64(k*100 + i*10 + len(block))
				text := values(seed, 1+change*float64(i), s.noise)
				if s.breaks && block == "second" {
					text = ""
				}
				w.write(s.name+"."+block, text)
			}
		}
		w.git("add", "--all")
		w.git("commit", "--quiet", "--allow-empty", "-m", string(side))
	}
	return w
}

// values are as many as any test reads, around a center.
func values(seed uint64, center, noise float64) string {
	draw := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range 200 {
		b.WriteString(strconv.FormatFloat(center*(1+noise*max(-3, min(3, draw.NormFloat64()))), 'g', 9, 64) + "\n")
	}
	return b.String()
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.repo, name), []byte(text), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) git(args ...string) {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.repo
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// request asks for head against base. Nothing is pinned, so that nothing counts as
// contaminated: what else this machine does must not decide a test.
func (w *world) request(id string) harness.Request {
	return harness.Request{
		ID: id, Kind: results.Comparison, Repo: w.repo, Base: "HEAD~1", Head: "HEAD", Suite: harness.DefaultSuite,
		Quiet: results.LevelNone, Seed: 7,
	}
}

// measure measures, wants no error, and returns what the database has.
func (w *world) measure(request harness.Request) *results.Record {
	w.t.Helper()
	run, err := w.h.Measure(w.t.Context(), request)
	if err != nil || run.State != results.Done {
		w.t.Fatalf("the run is %s: %v\n%s", run.State, err, strings.Join(w.said, "\n"))
	}
	return w.record(request.ID)
}

func (w *world) record(id string) *results.Record {
	w.t.Helper()
	record, err := w.store.Record(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if findings, err := store.Check(w.t.Context(), filepath.Join(w.dir, "perfrun.db")); err != nil || len(findings) > 0 {
		w.t.Errorf("the database: %q, %v", findings, err)
	}
	return record
}

// heard wants lines that hold these texts, in this order.
func (w *world) heard(texts ...string) {
	w.t.Helper()
	rest := w.said
	for _, text := range texts {
		i := slices.IndexFunc(rest, func(line string) bool { return strings.Contains(line, text) })
		if i < 0 {
			w.t.Errorf("nobody said %q, or not there:\n%s", text, strings.Join(w.said, "\n"))
			return
		}
		rest = rest[i+1:]
	}
}

// rounds counts the measured rounds of a benchmark in a block, and holds that both
// sides have each of them once.
func rounds(t *testing.T, record *results.Record, benchmark string, block int) int {
	t.Helper()
	seen := map[results.Side][]int{}
	for _, e := range record.Executions {
		if e.Benchmark == benchmark && e.Block == block && !e.Warmup {
			seen[e.Side] = append(seen[e.Side], e.Round)
		}
	}
	for i, round := range seen[results.Base] {
		if round != i {
			t.Errorf("%s: round %d of block %d is numbered %d", benchmark, i, block, round)
		}
	}
	if !slices.Equal(seen[results.Base], seen[results.Head]) {
		t.Errorf("%s: block %d has rounds %v of base and %v of head", benchmark, block, seen[results.Base], seen[results.Head])
	}
	return len(seen[results.Base])
}

// seen lists the samplers that a side's stand-ins met.
func (w *world) seen(side results.Side) []string {
	w.t.Helper()
	found, _ := filepath.Glob(filepath.Join(w.h.Cache, "*", string(side), "seen"))
	if len(found) != 1 {
		w.t.Fatalf("lists of samplers: %v", found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
