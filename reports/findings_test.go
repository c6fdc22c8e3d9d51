package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

func fixtureFindings() []results.Finding {
	return []results.Finding{
		{Topic: "machine", Name: "cpu", Grade: results.GradeFact, Is: "Intel: 4 cores, 8 threads, 1 NUMA node"},
		{Topic: "machine", Name: "virtual", Grade: results.GradeGood, Is: "no: bare metal"},
		{
			Topic: "knobs", Name: "governor", Grade: results.GradePoor, Is: "powersave", Want: "performance",
			Cost: "the frequency follows the load, so that the first milliseconds of a benchmark are slow", Mend: "perfrun run --quiet isolate as root",
		},
		{Topic: "now", Name: "busy \x1b[31m", Grade: results.GradeBad, Is: "97 % by \x1b]0;x\x07evil", Cost: "runs wait", Mend: "stop it"},
	}
}

func TestMachineScreens(t *testing.T) {
	for _, s := range []TableStyle{{}, {Width: 60}, {Width: 100, Color: true}} {
		var b bytes.Buffer
		if err := Findings(&b, fixtureFindings(), s); err != nil {
			t.Fatal(err)
		}
		run := fixtureRun()
		if err := Knobs(&b, run.Quiet, s); err != nil {
			t.Fatal(err)
		}
		if err := Noise(&b, run.Noise, s); err != nil {
			t.Fatal(err)
		}
		checkGolden(t, fmt.Sprintf("machine-%d.txt", s.Width), b.Bytes())
		if text := b.String(); !s.Color && strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("width %d: a name reached the terminal raw", s.Width)
		}
	}
}

func TestReady(t *testing.T) {
	findings := fixtureFindings()
	if Ready(findings) || !Ready(findings[:3]) {
		t.Error("only a bad finding makes a machine not ready")
	}
}

func TestQuietSentence(t *testing.T) {
	check := func(q results.Quiet, want string) {
		t.Helper()
		if got := QuietSentence(q); got != want {
			t.Errorf("%+v:\n%s\nwant\n%s", q, got, want)
		}
	}
	check(results.Quiet{}, "How quiet the machine was is not known.")
	check(results.Quiet{Reached: results.LevelNone}, "Nothing was pinned.")
	check(results.Quiet{Reached: results.LevelPin, Why: "it takes root"}, "Benchmarks were pinned; other programs were free to use their cpus. Why not more: it takes root.")
	check(results.Quiet{Reached: results.LevelIsolate, Shield: results.ShieldIsolated}, "The benchmark's cpus were taken from all other programs (isolated partition).")
	check(results.Quiet{Reached: results.LevelIsolate, Shield: results.ShieldSlices}, "What systemd started was kept off the benchmark's cpus; other programs could still come.")
}

func TestQuarantinedRunSaysSo(t *testing.T) {
	page := fixturePage()
	page.Record.Run.State, page.Record.Run.Error = results.Quarantined, "12 of 20 executions were disturbed"
	html := renderPage(t, page)
	for _, want := range []string{"This run is quarantined and gives no verdict: 12 of 20 executions were disturbed.", "quarantined</title>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestAnOldCalibrationIsToldOf(t *testing.T) {
	check := func(age time.Duration, want string) {
		t.Helper()
		run := results.Run{Created: fixtureStart, Noise: []results.Noise{{At: fixtureStart.Add(-age)}}}
		if got := ageWords(run); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", age, got, want)
		}
	}
	check(29*24*time.Hour, "")
	check(41*24*time.Hour, "It was 41 days old")
	if got := ageWords(results.Run{Created: fixtureStart, Noise: []results.Noise{{}}}); got != "" {
		t.Errorf("of an unknown time: %q", got)
	}
}
