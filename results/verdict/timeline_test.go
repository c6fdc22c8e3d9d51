package verdict

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/changepoint"
)

var wallSeries = results.Series{Suite: "s", Branch: "main", Class: "office", Benchmark: "b", Metric: wall}

// commits are points of as many commits, one run each, all of environment e.
func commits(first int, e string, values ...float64) (points []results.Point) {
	for i, v := range values {
		n := first + i
		points = append(points, results.Point{
			Series: wallSeries, Run: fmt.Sprint("run", n), Side: results.Head, Environment: e, Value: v, Low: v - 1, High: v + 1, N: 9,
			Commit: results.Commit{Rev: fmt.Sprint("rev", n), When: time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC)},
		})
	}
	return points
}

// level is n values near a level.
func level(draw *rand.Rand, n int, at float64) (values []float64) {
	for range n {
		values = append(values, at*(1+0.005*draw.NormFloat64()))
	}
	return values
}

// stepAt is one that a run announced between two commits.
func stepAt(bad int, before, after float64) results.Step {
	return results.Step{
		Series: wallSeries, Environment: "e", Good: fmt.Sprint("rev", bad-1), Bad: fmt.Sprint("rev", bad), Change: after/before - 1, Before: before, After: after,
		Source: results.FromRun, Run: fmt.Sprint("run", bad), Announced: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	}
}

func TestTimelineLaysSeriesOut(t *testing.T) {
	points := slices.Concat(commits(0, "e", 1, 2, 3), commits(3, "f", 4), commits(4, "e", 5))
	again := commits(1, "e", 4)[0]
	again.Run = "run9"
	tl := NewTimeline(wallSeries, slices.Insert(points, 2, again), nil, nil)
	var got []string
	for _, s := range tl.Segments {
		for _, m := range tl.Moments[s.From:s.To] {
			got = append(got, fmt.Sprint(s.Environment, m.Commit.Rev, m.Value, m.Low, m.High, m.Runs))
		}
	}
	want := []string{"erev01 0 2[run0]", "erev13 1 5[run1 run9]", "erev23 2 4[run2]", "erev45 4 6[run4]", "frev34 3 5[run3]"}
	for i := range want {
		if i >= len(got) || strings.ReplaceAll(got[i], " ", "") != strings.ReplaceAll(want[i], " ", "") {
			t.Fatalf("moments\n%q, want\n%q", got, want)
		}
	}
}

func TestStatesOfSteps(t *testing.T) {
	points := commits(0, "e", level(rand.New(rand.NewPCG(1, 1)), 40, 10)...)
	check := func(what string, steps []results.Step, accepted []results.Acceptance, want ...string) {
		t.Helper()
		var got []string
		for _, s := range NewTimeline(wallSeries, points, steps, accepted).Steps {
			got = append(got, fmt.Sprint(s.Index, " ", s.Kind, " ", s.State))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("a regression", []results.Step{stepAt(10, 10, 12)}, nil, "10 regression open")
	check("of another series", []results.Step{{Series: results.Series{Suite: "t"}, Bad: "rev10", Before: 10, After: 12}}, nil)
	check("mended", []results.Step{stepAt(20, 12, 10.2), stepAt(10, 10, 12)}, nil, "10 regression recovered", "20 recovery ")
	check("better by little", []results.Step{stepAt(10, 10, 12), stepAt(20, 12, 11.8)}, nil, "10 regression open", "20 improvement ")
	check("mended, another one between", []results.Step{stepAt(10, 10, 12), stepAt(15, 12, 14), stepAt(20, 14, 12.1)}, nil,
		"10 regression open", "15 regression recovered", "20 recovery ")
	check("a commit without a point", []results.Step{stepAt(99, 10, 12)}, nil, "-1 regression open")
	accept := func(commit string) []results.Acceptance {
		return []results.Acceptance{{Suite: "s", Benchmark: "b", Commit: commit, Reason: "because"}}
	}
	check("accepted", []results.Step{stepAt(10, 10, 12)}, accept("rev10"), "10 regression accepted")
	check("accepted beside", []results.Step{stepAt(10, 10, 12)}, accept("rev12"), "10 regression accepted")
	check("accepted elsewhere", []results.Step{stepAt(10, 10, 12)}, accept("rev13"), "10 regression open")
	check("accepted of another benchmark", []results.Step{stepAt(10, 10, 12)}, []results.Acceptance{{Suite: "s", Benchmark: "c", Commit: "rev10"}}, "10 regression open")
	check("an accepted one is a baseline", []results.Step{stepAt(10, 10, 12), stepAt(20, 12, 10)}, accept("rev10"), "10 regression accepted", "20 improvement ")
}

// TestStepsSettleWithoutPoints as they do with them, whatever order and environments they
// are in.
func TestStepsSettleWithoutPoints(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var points []results.Point
		for n := range 30 {
			points = append(points, commits(n, rapid.SampledFrom([]string{"e", "f"}).Draw(rt, "environment"), 10)...)
		}
		var steps []results.Step
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 29), 0, 6, rapid.ID).Draw(rt, "steps") {
			step := stepAt(n, rapid.Float64Range(9, 12).Draw(rt, "before"), rapid.Float64Range(9, 12).Draw(rt, "after"))
			step.Environment, step.Commit = points[n].Environment, points[n].Commit
			steps = append(steps, step)
		}
		var accepted []results.Acceptance
		if n := rapid.IntRange(-20, 29).Draw(rt, "accepted"); n >= 0 {
			accepted = append(accepted, results.Acceptance{Suite: "s", Benchmark: "b", Commit: fmt.Sprint("rev", n)})
		}
		got, sure := Settled(wallSeries, steps, accepted)
		if !sure && len(accepted) == 0 {
			rt.Error("not sure, but nothing is accepted")
		}
		if !sure {
			return
		}
		want := NewTimeline(wallSeries, points, steps, accepted).Steps
		slices.SortStableFunc(want, byCommit)
		for i := range want {
			if want[i].Index = -1; !reflect.DeepEqual(want[i], got[i]) {
				rt.Errorf("step %d\n%+v, with points\n%+v", i, got[i], want[i])
			}
		}
	})
}

// TestWhatIsAnnouncedStays plays a history run by run, as the harness does, and
// wants every real step announced once, no other, and none moved.
func TestWhatIsAnnouncedStays(t *testing.T) {
	draw := rand.New(rand.NewPCG(7, 7))
	points := commits(0, "e", slices.Concat(level(draw, 60, 10), level(draw, 50, 10.5), level(draw, 60, 10))...)
	var steps []results.Step
	for n := 1; n <= len(points); n++ {
		recent := points[max(0, n-changepoint.Window):n]
		steps = append(steps, NewTimeline(wallSeries, recent, steps, nil).Announce(points[n-1].Run, time.Time{})...)
	}
	timeline := NewTimeline(wallSeries, points, steps, nil)
	timeline.LookBack()
	var got []string
	for _, s := range timeline.Steps {
		got = append(got, fmt.Sprint(s.Kind, " ", s.State))
		if want := []int{60, 110}; len(got) <= 2 && max(s.Index-want[len(got)-1], want[len(got)-1]-s.Index) > 3 {
			t.Errorf("a step at %d, want %v", s.Index, want)
		}
		if at := slices.IndexFunc(points, func(p results.Point) bool { return p.Run == s.Run }); at < s.Index+changepoint.Settled-1 {
			t.Errorf("the step at %d was announced at %d", s.Index, at)
		}
	}
	if want := []string{"regression recovered", "recovery "}; !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
}

func TestLookBackTellsWhatItDoesNotSee(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 3))
	points := commits(0, "e", slices.Concat(level(draw, 40, 10), level(draw, 40, 11))...)
	check := func(what string, steps []results.Step, want ...string) {
		t.Helper()
		tl := NewTimeline(wallSeries, points, steps, nil)
		tl.LookBack()
		var got []string
		for _, s := range tl.Steps {
			got = append(got, fmt.Sprintf("%d %s %s", s.Index, s.State, s.Note))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("nothing announced", nil, "40 emerging ")
	check("announced where it is", []results.Step{stepAt(40, 10, 11)}, "40 open ")
	check("announced beside", []results.Step{stepAt(41, 10, 11)}, "41 open announced here; all points together place it at commit rev40")
	check("announced in vain", []results.Step{stepAt(20, 10, 11), stepAt(40, 10, 11)},
		"20 open announced, but all points together do not show it as a lasting step", "40 open ")
	check("too young to tell", []results.Step{stepAt(40, 10, 11), stepAt(75, 11, 12)}, "40 open ", "75 open ")
}

func TestMostWorryingComesFirst(t *testing.T) {
	timed := func(state StepState, kind string, change float64) TimedStep {
		return TimedStep{ChangePoint: ChangePoint{Kind: kind, Change: change}, State: state}
	}
	all := []*Timeline{
		{Steps: []TimedStep{timed(StateRecovered, KindRegression, 9), timed("", KindRecovery, -8), timed(StateOpen, KindRegression, 0.1)}},
		{Steps: []TimedStep{timed(StateEmerging, KindRegression, 0.3), timed(StateEmerging, KindImprovement, -0.2), timed(StateAccepted, KindRegression, 7), timed(StateOpen, KindRegression, 0.2)}},
	}
	check := func(everything bool, want ...float64) {
		t.Helper()
		var got []float64
		for _, s := range MostWorrying(all, everything) {
			got = append(got, s.Change)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with all %v: %v, want %v", everything, got, want)
		}
	}
	check(false, 0.2, 0.1, 0.3)
	check(true, 0.2, 0.1, 0.3, -0.2, 7, 9, -8)
}

// TestPointsAreOfTheMainBranch: only commits that the main branch holds have a place
// in its history.
func TestPointsAreOfTheMainBranch(t *testing.T) {
	check := func(what string, change func(*results.Record), want string, steps int) {
		t.Helper()
		record := recordOf(wall, []float64{103, 100, 106, 101, 107, 104, 102, 105}, []float64{155, 151, 154, 157, 150, 156, 152, 153})
		record.Run.ID, record.Run.Suite, record.Run.Class = "r", "s", "office"
		record.Run.Base = results.Commit{Rev: "a", Branch: "main"}
		record.Run.Head = results.Commit{Rev: "b", Branch: "main"}
		change(record)
		var got []string
		for _, p := range Points(record) {
			got = append(got, fmt.Sprint(p.Commit.Rev, p.Value, p.Low, p.High, p.N))
		}
		if strings.Join(got, ";") != want {
			t.Errorf("%s: points %q, want %q", what, got, want)
		}
		if found := RunSteps(record, Judge(record)); len(found) != steps || steps > 0 && (found[0].Good != "a" || found[0].Bad != "b" || !found[0].Worse()) {
			t.Errorf("%s: steps %+v, want %d", what, found, steps)
		}
	}
	check("both on main", func(*results.Record) {}, "a103.5 101.5 105.5 8;b153.5 151.5 155.5 8", 1)
	check("a pull request", func(r *results.Record) { r.Run.Head.Branch = "" }, "a103.5 101.5 105.5 8", 0)
	check("a working tree", func(r *results.Record) { r.Run.Head.Dirty = true }, "a103.5 101.5 105.5 8", 0)
	check("one commit", func(r *results.Record) { r.Run.Head = r.Run.Base }, "a103.5 101.5 105.5 8;a153.5 151.5 155.5 8", 0)
	check("two branches", func(r *results.Record) { r.Run.Head.Branch = "release" }, "a103.5 101.5 105.5 8;b153.5 151.5 155.5 8", 0)
	check("a second block", func(r *results.Record) {
		for i := range r.Executions {
			r.Executions[i].Block = r.Executions[i].Round % 2
		}
	}, "a103.5 101.5 105.5 8;b153.5 151.5 155.5 8", 0)
	check("a fault", func(r *results.Record) { r.Executions[0].Fault = &results.Fault{} }, "", 0)
}

func TestEnvironmentIsWhatNumbersDependOn(t *testing.T) {
	base := func() results.Run {
		return results.Run{
			Env:       []results.Fact{{Name: "host.name", Value: "a"}, {Name: "kernel.release", Value: "6.1"}},
			HeadImage: results.Image{Digest: "i"}, Bench: []results.Benchmark{{Name: "b", Command: "c", MinEffect: 0.02}},
			Quiet: results.Quiet{Reached: results.LevelPin, Knobs: []results.Knob{{Name: "thp", Outcome: results.KnobApplied, Was: "x"}}},
		}
	}
	first := Environment(base(), results.Head, "b")
	check := func(what string, same bool, change func(*results.Run)) {
		t.Helper()
		run := base()
		change(&run)
		if got := Environment(run, results.Head, "b"); (got == first) != same {
			t.Errorf("%s: %s, before %s; want the same: %v", what, got, first, same)
		}
		named := append(Differences(base(), results.Head, run, results.Head, "b", wall), Differences(run, results.Head, base(), results.Head, "b", wall)...)
		if (len(named) == 0) != same {
			t.Errorf("%s: differences %+v, want none: %v", what, named, same)
		}
	}
	check("nothing", true, func(*results.Run) {})
	check("another host of the class", true, func(r *results.Run) { r.Env[0].Value = "b" })
	check("a knob that needed no setting", true, func(r *results.Run) { r.Quiet.Knobs[0].Outcome = results.KnobAlready })
	check("base's image", true, func(r *results.Run) { r.BaseImage.Digest = "j" })
	check("another minimum effect", true, func(r *results.Run) { r.Bench[0].MinEffect = 0.1 })
	check("a fact more", false, func(r *results.Run) { r.Env = append(r.Env, results.Fact{Name: "numa", Value: "1"}) })
	check("a kernel", false, func(r *results.Run) { r.Env[1].Value = "6.2" })
	check("a knob that failed", false, func(r *results.Run) { r.Quiet.Knobs[0].Outcome = results.KnobFailed })
	check("head's image", false, func(r *results.Run) { r.HeadImage.Digest = "j" })
	check("the command", false, func(r *results.Run) { r.Bench[0].Command = "d" })
	check("more CPUs", false, func(r *results.Run) { r.Bench[0].CPUs = 2 })
	check("quiet", false, func(r *results.Run) { r.Quiet.Reached = results.LevelIsolate })
}

// TestAgentsOfOneType are one environment, whatever the lot they drew: another processor,
// microcode, mitigations, disk. The same of machines that nobody rents is not.
func TestAgentsOfOneType(t *testing.T) {
	agent := func(kind, name, cpu string) string {
		facts := []results.Fact{{Name: "kernel.release", Value: "6.1"}}
		for _, fact := range []string{"host.name", "cpu.model", "cpu.microcode", "kernel.cmdline", "memory.bytes", "mitigation.mds"} {
			facts = append(facts, results.Fact{Name: fact, Value: name + cpu})
		}
		facts[1].Value = name
		if kind != "" {
			facts = append(facts, results.Fact{Name: results.CloudTypeFact, Value: kind})
		}
		return Environment(results.Run{Env: facts}, results.Head, "b")
	}
	one, other := agent("c5.2xlarge", "ip-10-0-0-1", "8124M"), agent("c5.2xlarge", "ip-10-0-0-2", "8275CL")
	if one != other {
		t.Errorf("two agents of one type are %s and %s", one, other)
	}
	if larger := agent("c5.4xlarge", "ip-10-0-0-1", "8124M"); larger == one {
		t.Error("agents of two types are alike")
	}
	if agent("", "box", "8124M") == agent("", "box", "8275CL") {
		t.Error("boxes of two processors are alike")
	}
}
