package verdict

import (
	"slices"
	"strconv"

	"mtrlz.dev/perfrun/results"
)

// Difference is something that numbers depend on besides the commit, and in which two
// measurements differ. A value is empty where there is none.
type Difference struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// Differences names what makes the environments of one metric of two runs two.
func Differences(a results.Run, sideA results.Side, b results.Run, sideB results.Side, benchmark string, metric results.Metric) (list []Difference) {
	as, bs := conditions(a, sideA, benchmark, metric), conditions(b, sideB, benchmark, metric)
	for _, f := range as {
		if value := results.FactOf(bs, f.Name); value != f.Value {
			list = append(list, Difference{f.Name, f.Value, value})
		}
	}
	for _, f := range bs {
		known := slices.ContainsFunc(as, func(o results.Fact) bool { return o.Name == f.Name })
		if !known {
			list = append(list, Difference{f.Name, "", f.Value})
		}
	}
	return list
}

// conditions is what Environment digests, in words.
func conditions(run results.Run, side results.Side, benchmark string, metric results.Metric) (list []results.Fact) {
	for _, f := range dependsOn(run.Env) {
		if f.Name != results.InstructionsFact || metric.Key() == results.Instructions().Key() {
			list = append(list, f)
		}
	}
	image := run.HeadImage
	if side == results.Base {
		image = run.BaseImage
	}
	list = append(list, results.Fact{Name: "engine", Value: run.Plan.Engine}, results.Fact{Name: "quiet", Value: string(run.Quiet.Reached)},
		results.Fact{Name: "shield", Value: string(run.Quiet.Shield)}, results.Fact{Name: "image", Value: image.Digest})
	for _, k := range run.Quiet.Knobs {
		list = append(list, results.Fact{Name: "knob " + k.Name, Value: knobWord(k)})
	}
	for _, b := range run.Bench {
		if b.Name == benchmark {
			return append(list, results.Fact{Name: "command", Value: b.Command}, results.Fact{Name: "format", Value: b.Format}, results.Fact{Name: "cpus of the benchmark", Value: strconv.Itoa(b.CPUs)})
		}
	}
	return list
}

func knobWord(k results.Knob) string {
	if k.Outcome == results.KnobApplied || k.Outcome == results.KnobAlready {
		return "set"
	}
	return "not set"
}
