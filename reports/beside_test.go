package reports

import (
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results/beside"
)

func TestBesideGolden(t *testing.T) {
	a := exampleAnnotation()
	hosts := besideOf(a.Hosts)
	hosts[0].Run.Finished = hosts[0].Run.Created.Add(12 * time.Minute)
	hosts[1].Run.Finished = hosts[1].Run.Created.Add(90 * time.Minute)
	hosts[0].Spent = map[string]time.Duration{"join": 40 * time.Second, "scan": 3 * time.Minute}
	hosts[1].Spent = map[string]time.Duration{"join": 40 * time.Second, "scan": 30 * time.Minute}
	for i := range hosts {
		hosts[i].Comparisons = worstFirst(hosts[i].Comparisons)
	}
	rows := beside.Rows(hosts)
	for width, golden := range map[int]string{0: "beside-0.txt", 80: "beside-80.txt"} {
		var b strings.Builder
		if err := Beside(&b, hosts, rows, Prices{"cloud": 0.34}, TableStyle{Width: width}); err != nil {
			t.Fatal(err)
		}
		checkGolden(t, golden, []byte(b.String()))
	}
	var b strings.Builder
	if err := BesideOverTime(&b, beside.OverTime([][]beside.Row{rows, rows, rows, rows, rows}), "office", TableStyle{}); err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n")
	if err := BesideOverTime(&b, nil, "office", TableStyle{Width: 80}); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "beside-overtime.txt", []byte(b.String()))
}
