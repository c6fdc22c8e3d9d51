package reports

import (
	"cmp"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// quietView is how quiet the machine was, and what disturbed it all the same.
type quietView struct {
	Sentence     string // how quiet; empty where the run did not record it
	Contaminated string // how many executions were disturbed
	Reasons      []reasonView
	Knobs        []knobView
	Noise        []noiseView
	NoiseLeft    int // that the table leaves out
	NoiseNote    string
	Trust        string // what became of earlier alarms
}

type reasonView struct {
	What  string
	Count int
}

type knobView struct{ Name, Outcome, Was, Is, Detail, Class string }

type noiseView struct{ Benchmark, Metric, Floor, Visible, FalseAlarms, CV string }

// mostNoise is of how many metrics the noise stands in a page.
const mostNoise = 100

func newQuietView(p Page) quietView {
	record := p.Record
	run := record.Run
	v := quietView{Contaminated: contaminatedWords(record), Reasons: newReasons(record)}
	v.Trust = trustWords(p.Tally)
	if run.Quiet.Reached != "" {
		v.Sentence = QuietSentence(run.Quiet)
	}
	for _, k := range run.Quiet.Knobs {
		class := "held"
		if k.Outcome == results.KnobFailed {
			class = "open"
		}
		v.Knobs = append(v.Knobs, knobView{words.Plain(k.Name), words.Plain(string(k.Outcome)), words.Plain(k.Was), words.Plain(k.Is), words.Plain(k.Detail), class})
	}
	noise := run.Noise
	if v.NoiseLeft = max(len(noise)-mostNoise, 0); v.NoiseLeft > 0 {
		noise = slices.Clone(noise)
		slices.SortStableFunc(noise, func(a, b results.Noise) int { return cmp.Compare(b.Floor, a.Floor) })
		noise = noise[:mostNoise]
	}
	for _, n := range noise {
		v.Noise = append(v.Noise, noiseView{
			words.Shortened(words.Plain(n.Benchmark), mostName), words.Shortened(words.Plain(n.Metric.String()), mostName), percentWords(n.Floor), percentWords(n.Visible), percentWords(n.FalseAlarms), percentWords(n.CV),
		})
	}
	v.NoiseNote = uncalibrated
	if len(run.Noise) > 0 {
		v.NoiseNote = fmt.Sprintf("From calibration %s, which measured one commit against itself on this machine, %d rounds a side.", words.Plain(run.Noise[0].Run), run.Noise[0].Rounds) + ageWords(run)
	}
	return v
}

// calibrationDays is how many days old the calibration was when the run was made;
// 0 where that is no cause for doubt, or not known.
func calibrationDays(run results.Run) int {
	at := run.Noise[0].At
	if age := run.Created.Sub(at); !at.IsZero() && age > results.CalibrationAge {
		return int(age.Hours() / 24)
	}
	return 0
}

// ageWords warn of a calibration that was old when the run was made.
func ageWords(run results.Run) string {
	if days := calibrationDays(run); days > 0 {
		return fmt.Sprintf(" It was %d days old: noise changes over weeks, so that these figures may not hold any more. perfrun calibrate measures them anew.", days)
	}
	return ""
}

// uncalibrated is what is said of a machine whose noise nobody measured.
const uncalibrated = "This suite was never calibrated on this machine: how noisy its benchmarks are here, and which change is the smallest that can be seen, is not known. perfrun calibrate measures it."

// trustWords says what became of the alarms that runs of the suite raised on this
// host.
func trustWords(t *results.AlarmTally) string {
	if t == nil || t.Runs == 0 {
		return ""
	}
	alarms := t.Confirmed + t.Refuted + t.Open
	said := fmt.Sprintf("%d %s of this suite on this machine raised %d %s", t.Runs, several(t.Runs, "run"), alarms, several(alarms, "alarm"))
	if alarms == 0 {
		return said + "."
	}
	return fmt.Sprintf("%s: a second block confirmed %d, refuted %d%s, and left %d open. Only what is confirmed is a verdict.",
		said, t.Confirmed, t.Refuted, inBrackets(FalseShare(*t)), t.Open)
}

// FalseShare words the share of false alarms among those that a second block settled, and
// between which ends it lies: "25.0 %, 95 % interval 4.6 % to 69.9 %". Empty where none
// was settled.
func FalseShare(t results.AlarmTally) string {
	settled := t.Confirmed + t.Refuted
	if settled == 0 {
		return ""
	}
	low, high := verdict.Share(t.Refuted, settled)
	return fmt.Sprintf("%s, 95 %% interval %s to %s", words.Share(float64(t.Refuted)/float64(settled)), words.Share(low), words.Share(high))
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func percentWords(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }

// contaminatedWords says how many measured executions were disturbed; empty where
// none was watched.
func contaminatedWords(record *results.Record) string {
	watched, contaminated := disturbances(record)
	switch {
	case watched == 0:
		return ""
	case contaminated == 0:
		return fmt.Sprintf("None of %d watched executions was disturbed.", watched)
	}
	return fmt.Sprintf("%d of %d watched executions %s disturbed (%.0f %%). %s.", contaminated, watched, eitherOf(contaminated, "was", "were"),
		100*float64(contaminated)/float64(watched), eitherOf(contaminated, "It is kept, counts in no verdict, and was taken again", "They are kept, count in no verdict, and were taken again"))
}

// disturbances counts measured executions that were watched, and those of them that
// something disturbed.
func disturbances(record *results.Record) (watched, contaminated int) {
	for i := range record.Executions {
		e := &record.Executions[i]
		if e.Warmup || e.Witness == nil {
			continue
		}
		watched++
		if len(e.Contaminated) > 0 {
			contaminated++
		}
	}
	return watched, contaminated
}

// newReasons counts which limits were broken, the most frequent first.
func newReasons(record *results.Record) (list []reasonView) {
	what := map[string]string{}
	for _, q := range results.Quantities() {
		what[q.Name] = q.What
	}
	count := map[string]int{}
	for i := range record.Executions {
		e := record.Executions[i]
		if e.Warmup || len(e.Contaminated) == 0 {
			continue
		}
		for _, quantity := range verdict.BrokenLimits(e, record.Run.Quiet.Limits, record.Run.Quiet.Unseen) {
			count[what[quantity]]++
		}
	}
	for text, n := range count {
		list = append(list, reasonView{text, n})
	}
	slices.SortFunc(list, func(a, b reasonView) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.What, b.What)) })
	return list
}
