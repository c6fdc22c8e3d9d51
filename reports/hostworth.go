package reports

import (
	"fmt"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/beside"
)

// HostWorth is what one of the hosts that measured the same commits was worth, in words;
// what is not known is empty.
type HostWorth struct {
	Class string `json:"class"`
	Run   string `json:"run"`
	Noise string `json:"noise,omitempty"`          // of executions: the median over all metrics
	Sees  string `json:"sees_from,omitempty"`      // the smallest change that it sees: the median
	Ran   string `json:"benchmarks_ran,omitempty"` // all executions together
	Took  string `json:"took,omitempty"`           // from the order to the verdicts
	Cost  string `json:"cost,omitempty"`           // of that, where somebody named a price
}

func worthOf(hosts []beside.Host, rows []beside.Row, prices Prices) (list []HostWorth) {
	for i, h := range hosts {
		w := HostWorth{Class: classWord(h.Class), Run: words.Plain(h.Run.ID)}
		w.Noise, w.Sees = eyes(rows, i)
		if ran := spent(h); ran > 0 {
			w.Ran = lasting(ran)
		}
		if h.Took() > 0 {
			w.Took = lasting(h.Took())
			if price, known := prices[h.Class]; known {
				w.Cost = costWords(price, h.Took())
			}
		}
		list = append(list, w)
	}
	return list
}

// classWord is what a class of hosts is called; runs of old have none.
func classWord(class string) string {
	if class == "" {
		return "this host"
	}
	return words.Shortened(words.Plain(class), words.MostWord)
}

// eyes are the medians over all metrics of how noisy a host is, and of what it sees.
func eyes(rows []beside.Row, host int) (noise, sees string) {
	var cvs, visible []float64
	for _, row := range rows {
		if c := row.Cells[host]; c != nil && hasInterval(c.Comparison) {
			cvs = append(cvs, c.CV)
			if c.Visible > 0 {
				visible = append(visible, c.Visible)
			}
		}
	}
	return middleShare(cvs), middleShare(visible)
}

func middleShare(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	return words.Share(beside.Middle(values))
}

func spent(h beside.Host) (sum time.Duration) {
	for _, d := range h.Spent {
		sum += d
	}
	return sum
}

// effort words what two hosts needed to say what they say of one metric: the noise that
// they had to see through, and what the executions of its benchmark took and cost.
func effort(cells []*beside.Cell, prices Prices) string {
	var noise, ran []string
	for _, c := range cells {
		on := " on " + classWord(c.Class)
		if hasInterval(c.Comparison) {
			noise = append(noise, words.Share(c.CV)+on)
		}
		if c.Spent > 0 {
			ran = append(ran, lasting(c.Spent)+on+prices.forTime(c.Class, c.Spent))
		}
	}
	var said []string
	if len(noise) > 0 {
		said = append(said, "Executions scatter by "+strings.Join(noise, ", ")+".")
	}
	if len(ran) > 0 {
		said = append(said, "All of them took "+strings.Join(ran, ", ")+".")
	}
	return strings.Join(said, " ")
}

// forTime says in a sentence what so long on a host of a class costs; nothing where nobody
// knows.
func (p Prices) forTime(class string, d time.Duration) string {
	if price, known := p[class]; known {
		return " for " + costWords(price, d)
	}
	return ""
}

// costWords writes money without a currency: nobody said which.
func costWords(price float64, d time.Duration) string {
	cost := price * d.Hours()
	if cost > 0 && cost < 0.01 {
		return fmt.Sprintf("%.2g", cost)
	}
	return fmt.Sprintf("%.2f", cost)
}
