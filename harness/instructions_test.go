package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/counters"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

// site is where the tests count: real samplers, and a store and a listener that
// remember.
type site struct {
	Store
	t       *testing.T
	program string
	h       *Harness
	said    []string
	steps   []Step
	kept    []results.Execution
	places  int // opened so far
}

func (s *site) Say(line string) { s.said = append(s.said, line) }

func (s *site) Step(step Step)                                      { s.steps = append(s.steps, step) }
func (s *site) Broken(name string, _ results.Side, _ results.Fault) { s.Say(name + " is broken") }

func (s *site) AppendExecutions(_ context.Context, _ string, list []results.Execution) error {
	s.kept = append(s.kept, list...)
	return nil
}

// newSite has a static perfrun, whose sampler it starts.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, program: filepath.Join(t.TempDir(), "perfrun")}
	build := exec.Command("go", "build", "-ldflags", `-linkmode external -extldflags "-static"`, "-o", s.program, "../cmd/perfrun")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return s
}

// on makes the site's harness use an engine.
func (s *site) on(e engine.Engine) {
	s.h = &Harness{Engine: e, Store: s, Progress: s, Now: time.Now}
	s.said, s.steps, s.kept = nil, nil, nil
}

// apart gives benchmarks and sampler a CPU each.
func apart(t *testing.T) host.Layout {
	t.Helper()
	allowed, err := affinity.Allowed()
	if err != nil || len(allowed) < 2 {
		t.Fatalf("this test needs two CPUs and has %v (%v)", allowed, err)
	}
	return host.Layout{Bench: cpuset.Of(slices.Max(allowed)), Sampler: cpuset.Of(slices.Min(allowed))}
}

// place starts a sampler for one side.
func (s *site) place(side results.Side, layout host.Layout) *place {
	s.t.Helper()
	s.places++
	work, home := s.t.TempDir(), s.t.TempDir()
	self, err := host.Self()
	if err != nil {
		s.t.Fatal(err)
	}
	session, err := s.h.Engine.Start(s.t.Context(), engine.Spec{
		Run: fmt.Sprintf("instructions-%d-%d", os.Getpid(), s.places), Owner: self.String(), Side: side,
		Image: "perfrun-test/rust:20260901-120000", Work: work, Home: home, Network: "none",
	}, layout.Bench.Union(layout.Sampler))
	if err != nil {
		s.t.Fatal(err)
	}
	p := &place{session: session}
	s.t.Cleanup(func() { _ = p.close() })
	p.sampler, err = sampler.Connect(s.t.Context(), session, sampler.Setup{CPUs: layout.Bench.String(), Harness: layout.Sampler.String()})
	if err != nil {
		s.t.Fatalf("%v: %s", err, session.Stderr())
	}
	p.spawner.PID = session.PID
	if p.spawner.TID, err = session.HostThread(p.sampler.Ready.SpawnThread); err != nil {
		s.t.Fatal(err)
	}
	if p.tree, err = os.OpenRoot(work); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// job is that of a suite whose benchmarks are shell scripts by name.
func (s *site) job(layout host.Layout, scripts map[string]string) *job {
	s.t.Helper()
	text := "suite: s\nimage: {ref: an-image}\nbenchmarks:\n"
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		text += fmt.Sprintf("  - {name: %s, run: [/bin/sh, -c, %q]}\n", name, scripts[name])
	}
	parsed, err := suite.Parse("perf.yml", []byte(text))
	if err != nil {
		s.t.Fatal(err)
	}
	j := &job{suite: parsed, layout: layout, level: results.LevelPin, course: newCourse(len(scripts), 5, time.Now)}
	for _, b := range parsed.Benchmarks {
		j.run.Bench = append(j.run.Bench, b.Result(parsed.Policy))
	}
	j.run.HeadImage.Ref = "an-image"
	return j
}

// TestInstructionsOnRealSamplers shares one program among its parts.
func TestInstructionsOnRealSamplers(t *testing.T) {
	docker := func(s *site) engine.Engine {
		d, err := engine.OpenDocker(t.Context(), s.program)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	s := newSite(t)
	for name, open := range map[string]func(*site) engine.Engine{"docker": docker, "host": func(s *site) engine.Engine { return engine.OpenHost(s.program) }} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.on(open(s))
			s.tallies(name)
			s.flags()
		})
	}
	t.Run("no valgrind", func(t *testing.T) {
		s.t = t
		s.on(docker(s))
		s.noValgrind()
	})
	t.Run("callgrind", func(t *testing.T) {
		s.t = t
		s.on(engine.OpenHost(s.program))
		s.callgrind()
	})
}

// tallies holds counts against what the kernel charges the same executions. Page
// faults stand in for instructions, which few test machines can count: the sampler
// has hundreds of its own at each launch, so that they would show.
func (s *site) tallies(name string) {
	layout := apart(s.t)
	shared := host.Layout{Bench: layout.Bench, Sampler: layout.Bench.Union(layout.Sampler)}
	for what, l := range map[string]host.Layout{"apart": layout, "shared": shared} {
		p := s.place(results.Base, l)
		counting, err := newTally(counters.PageFaults, name, p, l)
		if absent, ok := errors.AsType[*counters.Absent](err); ok && os.Geteuid() != 0 && strings.Contains(absent.Why, "this user may not count") {
			continue
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if group := strings.HasPrefix(counting.what, "all that the container did on cpus "); group != (name == "docker" && what == "apart" && os.Geteuid() == 0) {
			s.t.Errorf("%s: counted is %s", what, counting.what)
		}
		for _, script := range []string{"true", "dd if=/dev/zero of=/dev/null bs=40M count=1 2>/dev/null & dd if=/dev/zero of=/dev/null bs=20M count=2 2>/dev/null; wait"} {
			begun := counting.begin()
			outcome, err := p.sampler.Execute(s.t.Context(), sampler.Order{Argv: []string{"/bin/sh", "-c", script}, Dir: p.session.Work, Timeout: time.Minute})
			samples := begun.end()
			if err != nil || len(samples) != 1 || samples[0].Metric != results.Instructions() {
				s.t.Fatalf("%s: %v, %v", what, samples, err)
			}
			charged := float64(outcome.Accounts.MinorFaults + outcome.Accounts.MajorFaults)
			if got := samples[0].Value; got < charged*0.99-10 || got > charged*1.01+20 { // the rehearsal has a few
				s.t.Errorf("%s: %s: counted %.0f page faults, the kernel charges %.0f", what, script, got, charged)
			}
		}
		if g := counting.guard("it"); !g.Held || counting.made != 2 {
			s.t.Errorf("%s: %+v", what, g)
		}
		if err := counting.close(); err != nil {
			s.t.Error(err)
		}
		if samples := counting.begin().end(); samples != nil || counting.missing != 1 || !strings.Contains(counting.guard("it").Detail, "it is closed") {
			s.t.Errorf("%s: a closed counter gave %v", what, samples)
		}
	}
}

// flags opens what a user asks for: machines without counters measure on, and say so.
func (s *site) flags() {
	layout := apart(s.t)
	j, p := s.job(layout, map[string]string{"a": "true"}), s.place(results.Head, layout)
	if counting, err := s.h.openTally(s.t.Context(), j, p); counting != nil || err != nil || counting.begin().end() != nil || counting.close() != nil {
		s.t.Errorf("nothing: %v, %v", counting, err)
	}
	j.instructions = suite.InstructionsPerf
	counting, err := s.h.openTally(s.t.Context(), j, p)
	if err != nil {
		s.t.Fatal(err)
	}
	absent := counters.Probe(counters.Instructions)
	if (absent == nil) != (counting != nil) {
		s.t.Fatalf("probed: %v; opened: %v", absent, counting)
	}
	if absent != nil {
		s.absent(j)
		return
	}
	begun := counting.begin()
	if _, err := p.sampler.Execute(s.t.Context(), sampler.Order{Argv: []string{"/bin/true"}, Dir: p.session.Work, Timeout: time.Minute}); err != nil {
		s.t.Fatal(err)
	}
	if samples := begun.end(); len(samples) != 1 || samples[0].Value < 1000 {
		s.t.Errorf("the instructions of a program: %v", samples)
	}
	_ = counting.close()
}

// absent wants the reason on the run's environment, and said once.
func (s *site) absent(j *job) {
	facts := j.run.Env
	if len(facts) != 1 || facts[0].Name != results.InstructionsFact || !strings.HasPrefix(facts[0].Value, "absent: ") || j.instructions != suite.InstructionsNone {
		s.t.Errorf("facts %v, counting by %q", facts, j.instructions)
	}
	if len(s.said) != 1 || !strings.HasPrefix(s.said[0], "instructions are not counted: there is no counter of instructions: ") || !strings.Contains(s.said[0], "--instructions=callgrind") {
		s.t.Errorf("said %q", s.said)
	}
}

// TestCallgrindLimit: what hangs under callgrind is not waited for half a day.
func TestCallgrindLimit(t *testing.T) {
	check := func(cpus int, want time.Duration, walls ...time.Duration) {
		t.Helper()
		j, b := &job{suite: &suite.Suite{Timeout: 5 * time.Minute}, course: newCourse(1, 5, time.Now)}, suite.Benchmark{Name: "b"}
		for _, wall := range walls {
			j.course.executions = append(j.course.executions,
				results.Execution{Benchmark: "b", Witness: &results.Witness{}, Accounts: results.Accounts{Wall: wall}},
				results.Execution{Benchmark: "b", Accounts: results.Accounts{Wall: time.Hour}}, // under callgrind itself
				results.Execution{Benchmark: "c", Witness: &results.Witness{}, Accounts: results.Accounts{Wall: time.Hour}})
		}
		if got := j.callgrindLimit(b, cpus); got != want {
			t.Errorf("%d cpus, %v: %s, want %s", cpus, walls, got, want)
		}
	}
	check(1, time.Minute, time.Millisecond)
	check(1, 200*time.Second, time.Second, 2*time.Second, time.Second)
	check(4, 800*time.Second, 2*time.Second)
	check(0, 500*time.Minute)
}

// TestFaultWords repeats little of what a benchmark says.
func TestFaultWords(t *testing.T) {
	long := &results.Fault{Detail: "it ended", Stderr: "a\n" + strings.Repeat("é", 5000) + "\n"}
	if got := faultWords(long); got != fmt.Sprintf("it ended; it said %q", strings.Repeat("é", 200)) {
		t.Errorf("%d bytes", len(got))
	}
	if got := faultWords(&results.Fault{Detail: "it ended", Stderr: "\n"}); got != "it ended" {
		t.Error(got)
	}
}

// TestCountBy: who decides how instructions are counted.
func TestCountBy(t *testing.T) {
	check := func(kind results.Kind, flag, policy, asked, by suite.Instructions, problem string) {
		t.Helper()
		j := &job{suite: &suite.Suite{Policy: suite.Policy{Instructions: policy}}}
		got, err := (&Harness{Progress: &site{}}).countBy(j, Request{Kind: kind, Instructions: flag})
		if problem != "" {
			if wrong, ok := errors.AsType[*results.Problem](err); !ok || wrong.Kind != results.BadInput || !strings.Contains(wrong.What, problem) {
				t.Errorf("%s, %q, %q: %v", kind, flag, policy, err)
			}
			return
		}
		if err != nil || got != asked || j.instructions != by {
			t.Errorf("%s, %q, %q: asked %q, by %q, %v", kind, flag, policy, got, j.instructions, err)
		}
	}
	const none, perf, callgrind = suite.InstructionsNone, suite.InstructionsPerf, suite.InstructionsCallgrind
	byPerf := perf
	if counters.Probe(counters.Instructions) != nil {
		byPerf = none
	}
	check(results.Comparison, "", "", "", "", "")
	check(results.Comparison, "", callgrind, callgrind, callgrind, "")
	check(results.Comparison, none, callgrind, none, none, "")
	check(results.Comparison, perf, callgrind, perf, byPerf, "")
	check(results.Comparison, callgrind, perf, callgrind, callgrind, "")
	check(results.Calibration, "", callgrind, none, none, "")
	check(results.Calibration, perf, "", perf, byPerf, "")
	check(results.Calibration, callgrind, "", "", "", "counts of callgrind have none")
}

// TestUncountedIsForAbsence: another error is none that a run goes on with.
func TestUncountedIsForAbsence(t *testing.T) {
	s, j, broken := &site{}, &job{instructions: suite.InstructionsPerf}, errors.New("the disk is on fire")
	h := &Harness{Progress: s}
	if err := h.uncounted(j, broken); err != broken || h.uncounted(j, nil) != nil || len(s.said)+len(j.run.Env) > 0 || j.instructions != suite.InstructionsPerf {
		t.Errorf("%v, said %q, %+v", err, s.said, j.run.Env)
	}
}

// TestBothOrNone: a counter that one side lacks is closed on the other.
func TestBothOrNone(t *testing.T) {
	for by, left := range map[suite.Instructions]bool{suite.InstructionsPerf: true, suite.InstructionsNone: false} {
		b := &bench{sides: map[results.Side]*place{results.Base: {tally: &tally{counter: &counters.Counter{}}}, results.Head: {}}}
		if err := b.bothOrNone(&job{instructions: by}); err != nil || (b.sides[results.Base].tally != nil) != left {
			t.Errorf("%s: %v, %v", by, b.sides[results.Base].tally, err)
		}
	}
}

func (s *site) noValgrind() {
	layout := apart(s.t)
	j, p := s.job(layout, map[string]string{"a": "true"}), s.place(results.Base, layout)
	j.instructions = suite.InstructionsCallgrind
	_, err := s.h.openTally(s.t.Context(), j, p)
	want := `image an-image: it has no valgrind that runs: "valgrind" is not in PATH; ` +
		"install valgrind there (in Debian and Ubuntu the package valgrind), or leave out --instructions=callgrind"
	if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Error() != want {
		s.t.Errorf("%v", err)
	}
}

// callgrind counts a benchmark that is the same on both sides, one that never does the
// same, one that does more on head, and three that do not run under it.
func (s *site) callgrind() {
	layout := apart(s.t)
	loop := "read n <n; i=0; while [ $i -lt $n ]; do i=$((i+1)); done"
	j := s.job(layout, map[string]string{
		"a-same": "i=0; while [ $i -lt 500 ]; do i=$((i+1)); done", "a-varies": "echo >>times; n=$(wc -l <times); " + "i=0; while [ $i -lt $n ]; do i=$((i+1)); done", "b-more": loop, "c-fails": "echo bad luck >&2; exit 3",
		"d-killed": "sleep 9999 & read n <n; until [ -e .perfrun-callgrind/callgrind.out.$! ]; do :; done; kill -9 $!; wait; true",
		"e-hides":  "rm -r .perfrun-callgrind", "f-broken": "true", "g-counts": "true",
	})
	j.course.broken[6], j.course.made = true, 7
	own := func(i int, metric results.Metric) results.Execution {
		return results.Execution{Benchmark: j.suite.Benchmarks[i].Name, Side: results.Base, Witness: &results.Witness{}, Samples: []results.Sample{{Metric: metric, Value: 1}}}
	}
	j.course.executions = []results.Execution{own(0, results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}), own(7, results.Instructions())}
	b := &bench{sides: map[results.Side]*place{}, now: time.Now}
	for side, n := range map[results.Side]string{results.Base: "1000\n", results.Head: "1100\n"} {
		p := s.place(side, layout)
		if err := p.tree.WriteFile("n", []byte(n), 0o600); err != nil {
			s.t.Fatal(err)
		}
		b.sides[side] = p
	}
	j.instructions = suite.InstructionsCallgrind
	counting, err := s.h.openTally(s.t.Context(), j, b.sides[results.Base])
	if err != nil || !strings.HasPrefix(counting.version, "valgrind-") || counting.begin().end() != nil || counting.close() != nil {
		s.t.Fatalf("%v, %v", counting, err)
	}
	for what, none := range map[string]*tally{"nobody": nil, "the processor": {what: "it"}} {
		if err := s.h.countByCallgrind(s.t.Context(), j, b, none); err != nil || len(s.kept) > 0 {
			s.t.Errorf("%s counts: %v, %v", what, s.kept, err)
		}
	}
	if facts := j.run.Env; !slices.Equal(facts, []results.Fact{{Name: "instructions", Value: "callgrind, " + counting.version}}) {
		s.t.Errorf("the environment is %v", facts)
	}
	if err := s.h.countByCallgrind(s.t.Context(), j, b, counting); err != nil {
		s.t.Fatal(err)
	}
	s.callgrindKept(j)
	s.callgrindSaid(j, counting.version)
	for side, p := range b.sides {
		if _, err := p.tree.Stat(callgrindDir); !errors.Is(err, os.ErrNotExist) {
			s.t.Errorf("%s: the folder of counts: %v", side, err)
		}
	}
	s.callgrindAgain(j, b, counting)
}

// callgrindAgain is what happens in a second block, and in a calibration.
func (s *site) callgrindAgain(j *job, b *bench, counting *tally) {
	j.course.next(make([]int, len(j.run.Bench)))
	check := func(what string, want int, alarms ...results.Alarm) {
		s.t.Helper()
		s.kept, s.said, j.run.Alarms = nil, nil, alarms
		if err := s.h.countByCallgrind(s.t.Context(), j, b, counting); err != nil || len(s.kept) != want || want == 0 && len(s.said) > 0 {
			s.t.Errorf("%s: %d executions, %v, said %q; want %d", what, len(s.kept), err, s.said, want)
		}
	}
	of := func(name string, metric results.Metric) results.Alarm {
		return results.Alarm{Benchmark: name, Metric: metric, Outcome: results.Open}
	}
	check("no alarms", 0)
	check("another metric", 0, of("a-same", results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}))
	check("broken", 0, of("f-broken", results.Instructions()))
	check("its own", 0, of("g-counts", results.Instructions()))
	check("an alarm", 12, of("a-same", results.Instructions()))
	if e := s.kept[11]; e.Block != 1 || e.Round != 5 || e.Benchmark != "a-same" {
		s.t.Errorf("the last of the second block: %+v", e)
	}
	j.run.Kind, j.course.block = results.Calibration, firstBlock
	check("a calibration", 0)
}

func (s *site) callgrindKept(j *job) {
	seen, values := []string{}, map[string][]float64{}
	for i, e := range s.kept {
		seen = append(seen, fmt.Sprintf("%s %s %d", e.Benchmark, e.Side, e.Round))
		if e.Seq != 7+i || e.Block != 0 || e.Warmup || e.Fault != nil || e.EnvBytes != 0 || len(e.Samples) != 1 || e.Samples[0].Metric != results.Instructions() || e.Accounts.Wall <= 0 {
			s.t.Errorf("execution %d: %+v", i, e)
			continue
		}
		key := e.Benchmark + " " + string(e.Side)
		values[key] = append(values[key], e.Samples[0].Value)
	}
	var want []string
	for i, rounds := range []int{3, 6, 3} {
		name := j.suite.Benchmarks[i].Name
		for round := range rounds {
			want = append(want, fmt.Sprintf("%s base %d", name, round), fmt.Sprintf("%s head %d", name, round))
		}
	}
	if diff := cmp.Diff(want, seen); diff != "" || len(j.course.executions) != 2+24 || j.course.made != 31 || j.course.measured != 0 {
		s.t.Errorf("kept (-want +got):\n%s", diff)
	}
	for key, list := range values {
		if same := slices.Min(list) == slices.Max(list); same == strings.HasPrefix(key, "a-varies") || list[0] < 100000 {
			s.t.Errorf("%s: %v", key, list)
		}
	}
	if change := values["b-more head"][0] / values["b-more base"][0]; change < 1.05 || change > 1.1 {
		s.t.Errorf("a tenth more work is %v times the instructions", change)
	}
}

func (s *site) callgrindSaid(j *job, version string) {
	want := []string{
		"counting instructions with callgrind: 7 benchmarks, 3 to 6 executions a side",
		`  c-fails: not counted: base: it ended with status 3; it said "bad luck"`,
		"  d-killed: not counted: base: callgrind's count of process ",
		"  e-hides: not counted: base: ",
		"  g-counts: not counted: it has a metric instructions of its own",
		"callgrind (" + version + ") could not count the instructions of 4 benchmarks",
	}
	for i, text := range want {
		if i >= len(s.said) || !strings.HasPrefix(s.said[i], text) {
			s.t.Errorf("line %d should begin with %q:\n%s", i, text, strings.Join(s.said, "\n"))
		}
	}
	if g := j.run.Guards; len(g) != 1 || g[0].Held || g[0].Aspect != "instructions" || g[0].Detail != want[len(want)-1] {
		s.t.Errorf("guards %+v", g)
	}
	if last := s.steps[23]; len(s.steps) != 27 || last.Benchmark != "b-more" || last.Side != results.Head || last.Round != 2 || last.Rounds != 3 || last.Done != 30 || last.Total != 31 {
		s.t.Errorf("%d steps, the last that counted is %+v", len(s.steps), last)
	}
}

func TestParseInstructions(t *testing.T) {
	for _, text := range []string{"", "none", "perf", "callgrind"} {
		if way, err := ParseInstructions(text); err != nil || string(way) != text {
			t.Errorf("%q: %q, %v", text, way, err)
		}
	}
	_, err := ParseInstructions("Perf")
	if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Kind != results.BadInput || problem.Error() != `--instructions: there is no way "Perf" to count instructions; say perf, callgrind, or none` {
		t.Errorf("%v", err)
	}
}

// TestInstructionGuards: what was not counted exactly is said, and what one block lost
// the next does not bring back.
func TestInstructionGuards(t *testing.T) {
	tallyOf := func(counts ...counters.Count) *tally {
		made := &tally{counter: &counters.Counter{}, what: "all processes of a benchmark", quality: quality{least: 1}}
		for _, c := range counts {
			made.add(c, nil)
		}
		return made
	}
	exact, part, nothing := counters.Count{Value: 5, Exact: true, Share: 1}, counters.Count{Value: 9, Share: 0.25}, counters.Count{}
	failed := tallyOf()
	failed.add(exact, errors.New("it is broken"))
	const good = "the processor counted the user-mode instructions of all processes of a benchmark"
	const rest = ", because others want its counters too (perf, the kernel's NMI watchdog)"
	check := func(what string, before []results.Guard, held bool, detail string, tallies ...*tally) {
		t.Helper()
		s, j := &site{}, &job{}
		h := &Harness{Progress: s}
		j.run.Guards = before
		h.noteInstructions(j, tallies...)
		var want []results.Guard
		if detail != "" {
			want = []results.Guard{{Aspect: "instructions", Held: held, Detail: detail}}
		}
		if diff := cmp.Diff(want, j.run.Guards); diff != "" || (len(s.said) > 0) == held && detail != "" {
			t.Errorf("%s: said %q (-want +got):\n%s", what, s.said, diff)
		}
	}
	check("nobody counts", nil, true, "", nil, &tally{version: "valgrind-3.19.0"})
	check("all exact", nil, true, good, tallyOf(exact, exact), tallyOf(exact))
	check("estimates", nil, false, "of 4 counts of instructions 1 are estimates and 1 are missing: the processor counted only 0 % of the time of one"+rest, tallyOf(exact, part), tallyOf(exact, nothing))
	check("one estimate", nil, false, "of 1 count of instructions 1 are estimates and 0 are missing: the processor counted only 25 % of the time of one"+rest, tallyOf(part), nil)
	check("no rest", nil, false, "of 1 count of instructions 1 are estimates and 0 are missing: the sampler did not come to rest", tallyOf(counters.Count{Value: 1, Share: 1}))
	check("an error", nil, false, "of 2 counts of instructions 0 are estimates and 1 are missing: it is broken", tallyOf(exact), failed)
	check("good before", []results.Guard{{Aspect: "instructions", Held: true, Detail: good}}, false, "of 1 count of instructions 1 are estimates and 0 are missing: the processor counted only 25 % of the time of one"+rest, tallyOf(part))

	j, s := &job{}, &site{}
	h := &Harness{Progress: s}
	h.noteInstructions(j, tallyOf(part))
	h.noteInstructions(j, tallyOf(exact))
	if len(j.run.Guards) != 1 || j.run.Guards[0].Held {
		t.Errorf("a lost count came back: %+v", j.run.Guards)
	}
}

// TestAddCount: a benchmark's own metric of the name is not mixed with ours.
func TestAddCount(t *testing.T) {
	ours := []results.Sample{{Metric: results.Instructions(), Value: 5}}
	own := results.Sample{Metric: results.Metric{Name: "instructions", Unit: "instructions", Better: results.Higher}, Value: 7}
	other := results.Sample{Metric: results.Metric{Name: "wall", Unit: "sec"}, Value: 1}
	check := func(what string, e results.Execution, count []results.Sample, want ...results.Sample) {
		t.Helper()
		if addCount(&e, count); !slices.Equal(e.Samples, want) {
			t.Errorf("%s: %v, want %v", what, e.Samples, want)
		}
	}
	check("usable", results.Execution{Samples: []results.Sample{other}}, ours, other, ours[0])
	check("a fault", results.Execution{Fault: &results.Fault{}}, ours)
	check("its own", results.Execution{Samples: []results.Sample{own}}, ours, own)
	check("not counted", results.Execution{Samples: []results.Sample{other}}, nil, other)
}

// TestQualityCounts: estimates are counts, holes are none.
func TestQualityCounts(t *testing.T) {
	q := quality{least: 1}
	for want, c := range map[bool]counters.Count{true: {Value: 3, Share: 0.5}, false: {}} {
		if got := q.add(c, nil); got != want {
			t.Errorf("%+v is a count: %v", c, got)
		}
	}
	if q.add(counters.Count{Exact: true, Share: 1}, errors.New("no")) {
		t.Error("an error is a count")
	}
	if q.made != 3 || q.estimated != 1 || q.missing != 2 || q.least != 0 {
		t.Errorf("%+v", q)
	}
}
