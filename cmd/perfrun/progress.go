package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// progress shows how a run goes: one line that is rewritten on a terminal, plain
// lines elsewhere.
type progress struct {
	out      *os.File
	terminal bool
	drawn    bool // the rewritten line is on the screen
	round    string
}

func newProgress(out *os.File) *progress {
	return &progress{out: out, terminal: term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb"}
}

// Say implements harness.Progress.
func (p *progress) Say(line string) {
	p.end()
	fmt.Fprintln(p.out, words.Plain(strings.TrimRight(line, " \r\n")))
}

// Broken implements harness.Progress.
func (p *progress) Broken(benchmark string, side results.Side, fault results.Fault) {
	p.Say(fmt.Sprintf("%s is broken on %s: %s; the others go on", benchmark, side, fault.Detail))
}

// Step implements harness.Progress. Elsewhere than on a terminal it prints one
// line a round: a log needs no more.
func (p *progress) Step(s harness.Step) {
	round := fmt.Sprintf("round %d of %d", s.Round+1, s.Rounds)
	if s.Warmup {
		round = fmt.Sprintf("warm-up %d of %d", s.Round+1, s.Rounds)
	}
	if s.Counting {
		round = fmt.Sprintf("counting %s, %d of %d", words.Plain(s.Benchmark), s.Round+1, s.Rounds)
	}
	if s.Block > 0 {
		round = "second block, " + round
	}
	left := ""
	if s.Left > 0 {
		left = ", about " + harness.Roughly(s.Left) + " left"
	}
	if !p.terminal {
		if round != p.round {
			fmt.Fprintf(p.out, "%s%s\n", round, left)
		}
		p.round = round
		return
	}
	head := fmt.Sprintf("%3d %%  %s%s  ", 100*s.Done/max(s.Total, 1), round, left)
	p.draw(head, fmt.Sprintf("%s (%s)", words.Plain(s.Benchmark), s.Side))
}

// draw rewrites the line and cuts the tail to fit, because a line that wraps
// cannot be rewritten.
func (p *progress) draw(head, tail string) {
	width, _, err := term.GetSize(int(p.out.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	line := []rune(head + tail)
	fmt.Fprintf(p.out, "\r\x1b[K%s", string(line[:min(len(line), width-1)]))
	p.drawn = true
}

// end takes the rewritten line away.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

// part shows how much of something is done: on a terminal all the time, elsewhere at
// each tenth of it.
func (p *progress) part(done, all int, of string) {
	if !p.terminal {
		if tenth := fmt.Sprint(10 * done / all); tenth != p.round {
			fmt.Fprintf(p.out, "%d of %d %s\n", done, all, of)
			p.round = tenth
		}
		return
	}
	p.draw(fmt.Sprintf("%3d %%  %d of %d %s", 100*done/all, done, all, of), "")
	if done == all {
		p.end()
	}
}
