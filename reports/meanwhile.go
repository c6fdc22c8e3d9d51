package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// Meanwhile is what the machine did while a benchmark's executions ran, on the axis of
// their samples.
type Meanwhile struct {
	Witness     template.HTML
	WitnessSaid string
	WitnessData string // the numbers, as CSV
	Disturbed   []disturbedView
	DisturbedN  int
}

// disturbedView is one execution that does not count, and why.
type disturbedView struct{ Where, Why string }

// mostDisturbed is how many such executions are listed; the raw data has all.
const mostDisturbed = 40

// mostWitnessRows is of how many executions the numbers stand in the page.
const mostWitnessRows = 400

// laneNames are the quantities that are drawn where they vary, as their lanes name them.
var laneNames = []struct{ quantity, name string }{
	{results.QuantityFrequency, "frequency, lowest"},
	{results.QuantityTemperature, "temperature, hottest"},
	{results.QuantitySteal, "steal: given to others by the hypervisor"},
	{results.QuantitySwitches, "involuntary switches"},
	{results.QuantityInterrupts, "interrupts of devices"},
	{results.QuantityForeign, "time of other programs"},
}

// newMeanwhile shows what was seen; nothing where nobody watched.
func newMeanwhile(executions []results.Execution, unseen []string) (view Meanwhile) {
	view.disturbances(executions)
	if !slices.ContainsFunc(executions, func(e results.Execution) bool { return e.Witness != nil }) {
		return view
	}
	marked := make([]bool, len(executions))
	for i, e := range executions {
		marked[i] = len(e.Contaminated) > 0
	}
	var lanes []chart.Lane
	var still, missing []string
	for _, l := range laneNames {
		q := quantityOf(l.quantity)
		lane := chart.Lane{Name: l.name, Values: witnessed(executions, q), Word: func(v float64) string { return witnessWords(v, q.Unit) }}
		switch {
		case slices.Contains(unseen, l.quantity):
			missing = append(missing, strings.ReplaceAll(l.quantity, "-", " "))
		case !slices.ContainsFunc(lane.Values, func(v float64) bool { return v != 0 && finite(v) }):
			still = append(still, strings.ReplaceAll(l.quantity, "-", " "))
		default:
			lanes = append(lanes, lane)
		}
	}
	view.WitnessSaid = meanwhileWords(lanes, still, missing, view.DisturbedN)
	if len(lanes) > 0 {
		view.Witness = chart.Lanes{Lanes: lanes, Marked: marked, Label: "What was seen beside each execution. " + view.WitnessSaid}.SVG()
		view.WitnessData = witnessData(executions)
	}
	return view
}

func (v *Meanwhile) disturbances(executions []results.Execution) {
	for i, e := range executions {
		if len(e.Contaminated) == 0 {
			continue
		}
		if v.DisturbedN++; v.DisturbedN <= mostDisturbed {
			why := words.Shortened(words.Plain(strings.Join(e.Contaminated, "; ")), 400)
			v.Disturbed = append(v.Disturbed, disturbedView{fmt.Sprintf("Execution %d, %s", i+1, pointPlace(e)), why})
		}
	}
}

func quantityOf(name string) results.Quantity {
	all := results.Quantities()
	return all[slices.IndexFunc(all, func(q results.Quantity) bool { return q.Name == name })]
}

// witnessed are the values of a quantity; not a number where nobody watched, and where
// a frequency or a temperature could not be read.
func witnessed(executions []results.Execution, q results.Quantity) []float64 {
	values := make([]float64, len(executions))
	for i := range executions {
		v := float64(q.Read(&executions[i]))
		if level := q.Unit == "kHz" || q.Unit == "mC"; executions[i].Witness == nil || level && v == 0 {
			v = math.NaN()
		}
		values[i] = v
	}
	return values
}

// witnessWords words a value of a witness in the units that people know.
func witnessWords(v float64, unit string) string {
	switch unit {
	case "ns":
		return words.Value(v/float64(time.Second), "sec")
	case "kHz":
		return fmt.Sprintf("%.2f GHz", v/1e6)
	case "mC":
		return fmt.Sprintf("%.0f °C", v/1e3)
	}
	return words.Value(v, "")
}

// meanwhileWords says in words what the lanes show.
func meanwhileWords(lanes []chart.Lane, still, missing []string, disturbed int) string {
	var parts []string
	for _, l := range lanes {
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range l.Values {
			if finite(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
		name, _, _ := strings.Cut(l.Name, ":")
		parts = append(parts, fmt.Sprintf("%s %s to %s", name, l.Word(low), l.Word(high)))
	}
	said := words.Sentence(firstUpper(orNone(strings.Join(parts, "; "))))
	if len(parts) == 0 {
		said = ""
	}
	for _, rest := range []struct {
		what  string
		names []string
	}{{"Nothing at all of: ", still}, {"This machine does not show: ", missing}} {
		if len(rest.names) > 0 {
			said += " " + rest.what + strings.Join(rest.names, ", ") + "."
		}
	}
	if disturbed > 0 {
		said += fmt.Sprintf(" %d disturbed %s marked by lines.", disturbed, eitherOf(disturbed, "execution is", "executions are"))
	}
	return strings.TrimSpace(said)
}

// witnessData are the numbers of the lanes; empty where a page has no room for them.
func witnessData(executions []results.Execution) string {
	if len(executions) > mostWitnessRows {
		return ""
	}
	var b strings.Builder
	b.WriteString("execution")
	for _, l := range laneNames {
		q := quantityOf(l.quantity)
		b.WriteString("," + strings.TrimSuffix(q.Name+"_"+strings.ToLower(q.Unit), "_"))
	}
	for i := range executions {
		fmt.Fprintf(&b, "\n%d", i+1)
		for _, l := range laneNames {
			b.WriteByte(',')
			if executions[i].Witness != nil {
				fmt.Fprint(&b, quantityOf(l.quantity).Read(&executions[i]))
			}
		}
	}
	return b.String()
}
