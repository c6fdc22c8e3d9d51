package browsertest

import (
	"testing"
	"time"
)

// shaking zooms, moves and hovers for two seconds, one event a frame, and
// returns how many frames the page was given.
const shaking = `new Promise((done) => {
	const svg = document.querySelector('svg.history'), box = svg.getBoundingClientRect();
	const key = (key, shiftKey) => svg.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true}));
	let n = 0, start = 0;
	const step = (now) => {
		start = start || now;
		if (now - start >= 2000) { done(n); return; }
		if (n % 8 === 0) key(n % 16 === 0 ? '+' : '-');
		else if (n % 2) key('ArrowRight', true);
		else svg.dispatchEvent(new PointerEvent('pointermove', {clientX: box.x + box.width * (0.1 + n % 80 / 100), clientY: box.y + box.height / 2, bubbles: true}));
		n++;
		requestAnimationFrame(step);
	};
	requestAnimationFrame(step);
})`

// BenchmarkHistoryFrames tells how smoothly a history of 2,000 commits and two
// lines zooms, moves and is read out: frames a second, of which dropped, and how
// long the page's thread works for one. A machine without a graphics processor
// paints with the processor that the page runs on.
func BenchmarkHistoryFrames(b *testing.B) {
	p := Open(b, historyFile(b, years()), Options{})
	p.Until("document.querySelector('.history-read')")
	for b.Loop() {
		frames := 0
		trace := p.Trace(func() { frames = Eval[int](p, shaking) })
		b.ReportMetric(float64(frames)/2, "frames/s")
		b.ReportMetric(float64(trace.Drawn)/2, "drawn/s")
		b.ReportMetric(float64(trace.Dropped)/2, "dropped/s")
		b.ReportMetric(float64(trace.Longest())/float64(time.Millisecond), "ms/task-p99")
		b.ReportMetric(trace.Busy().Seconds()*1000/float64(frames), "ms/frame")
	}
}

// TestTrace: the trace counts what was drawn, and finds a task that blocks.
func TestTrace(t *testing.T) {
	p := Open(t, historyFile(t, years()), Options{})
	p.Until("document.querySelector('.history-read')")
	trace := p.Trace(func() {
		Eval[int](p, `new Promise((done) => setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); done(1); }))`)
		Eval[int](p, shaking)
	})
	if trace.Drawn == 0 || len(trace.Tasks) == 0 || trace.Tasks[len(trace.Tasks)-1] < 70*time.Millisecond {
		t.Errorf("the trace saw %d frames and tasks of %v", trace.Drawn, trace.Tasks)
	}
}
