package browsertest

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// manyRounds is the page of a run of so many rounds, in which head gets slower.
func manyRounds(t *testing.T, rounds int) string {
	t.Helper()
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	record := &results.Record{Run: results.Run{ID: "many", State: results.Done, Suite: "many", Plan: results.Plan{Rounds: rounds}, Bench: []results.Benchmark{{Name: "join", Command: "true"}}}}
	for i := range 2 * rounds {
		v := 0.1 * (1 + 0.1*float64(i%2) + 0.01*math.Sin(float64(i*i)))
		record.Executions = append(record.Executions, results.Execution{
			Seq: i, Round: i / 2, Benchmark: "join", Side: results.Sides()[i%2], Witness: &results.Witness{Window: time.Second, Interrupts: int64(i % 9)}, Samples: []results.Sample{{Metric: wall, Value: v}, {Metric: results.Metric{Name: "cpu", Unit: "sec", Better: results.Lower}, Value: 0.09}},
		})
	}
	var b bytes.Buffer
	if err := reports.HTML(&b, reports.Page{Record: record, Comparisons: verdict.Judge(record)}); err != nil {
		t.Fatal(err)
	}
	return write(t, b.String())
}

// TestSamplesZoom: a chart of many samples is explored as a history is, by keys and by
// pointer, beside the filters of the page.
func TestSamplesZoom(t *testing.T) {
	for _, o := range []Options{{}, {Width: 360, Dark: true}} {
		e := explore(t, manyRounds(t, 150), o)
		const view = "document.querySelector('svg.view').viewBox.baseVal.width / 352"
		focus(e.Page, "svg.plot.history")
		e.Keys("End")
		e.readOut("head: head, round 150: ")
		e.Keys("ArrowUp")
		e.readOut("base: base, round 150: ")
		e.Keys("+", "+", "Shift+ArrowLeft")
		e.Until(fmt.Sprintf("Math.abs(%s - 0.25) < 0.01", view))
		e.Until("location.hash.startsWith('#h=c1-order:')")
		e.Until(fmt.Sprintf("Math.abs(document.querySelector('svg.lanes > svg.view').viewBox.baseVal.width / 352 - 0.25) < 0.01 && %s === document.querySelector('svg.lanes > svg.view').viewBox.baseVal.width / 352", view))
		e.Until("['svg.lanes', 'svg.plot.history'].map((s) => [...document.querySelector(s).querySelectorAll(':scope > text.commit')].map((e) => e.textContent).join()).every((s, _, all) => s && s === all[0])")
		if got := Eval[float64](e.Page, "(() => { const r = document.querySelector('.point.base:not(.range)').getBoundingClientRect(); return r.width / r.height; })()"); math.Abs(got-1) > 0.05 {
			t.Errorf("zoomed, a disc is %.2f times as wide as high", got)
		}
		e.Sound()
		e.Screenshot(fmt.Sprintf("%s-%d", t.Name(), o.Width))
		e.Keys("0")
		e.Until(fmt.Sprintf("Math.abs(%s - 1) < 0.01", view))
		e.hash("")
		if label := Eval[string](e.Page, "[...document.querySelector('svg.plot.history').querySelectorAll('text.commit')].map((e) => e.textContent).join(' ')"); label != "50 100 150 200 250 300" {
			t.Errorf("the executions are counted %q", label)
		}
	}
}

// TestSamplesZoomBesideFilters: the address holds both states.
func TestSamplesZoomBesideFilters(t *testing.T) {
	file := "file://" + manyRounds(t, 150)
	p := Open(t, file+"#f=sort=-name&h=c1-order:10-60", Options{})
	const view = "document.querySelector('svg.view').viewBox.baseVal.width / 352"
	p.Until(fmt.Sprintf("Math.abs(%s - 50 / 299) < 0.01", view))
	p.Until(fmt.Sprintf("%s === document.querySelector('svg.lanes > svg.view').viewBox.baseVal.width / 352", view))
	focus(p, ".tools input")
	p.Keys("j")
	p.Until("location.hash === '#f=text=j&sort=-name&h=c1-order:10-60'")
	p.Keys("Backspace")
	p.Until("location.hash === '#f=sort=-name&h=c1-order:10-60'")
	focus(p, "svg.plot.history")
	p.Keys("-")
	p.Until("/^#f=sort=-name&h=c1-order:[0-9]+-[0-9]+$/.test(location.hash) && !location.hash.endsWith(':10-60')")
	p.Keys("0")
	p.Until("location.hash === '#f=sort=-name'")
	p.Until(fmt.Sprintf("Math.abs(%s - 1) < 0.01", view))
	if console := p.Console(); len(console) != 0 {
		t.Errorf("console %q", console)
	}
}
