package simulate

import "math"

// Streams returns all kinds in which sides differ by the injected effect alone, in
// a fixed order.
func Streams() []Stream {
	all := []Stream{
		{Name: "normal", About: "every execution by itself, a bell curve", course: normal},
		{Name: "log-normal", About: "a floor and delays above it, a few of them long", course: logNormal},
		{Name: "heavy-tailed", About: "Student's t with 3 degrees of freedom", course: heavyTailed},
		{Name: "outliers", About: "one execution in twenty takes 10 to 40 deviations longer", course: outliers},
		{Name: "ties", About: "a clock whose tick is one deviation", course: normal, tick: 1},
		{Name: "bimodal", About: "three executions in ten are in a second, slower hump", course: bimodal(0.3)},
		{Name: "bimodal-even", About: "two humps of the same size", course: bimodal(0.5)},
		{Name: "spells", About: "the machine has two speeds and stays with each for some ten executions", course: spells},
		{Name: "autocorrelated", About: "an execution resembles the one before, correlation 0.7", course: autocorrelated(0.7)},
		{Name: "wandering", About: "an execution resembles the one before, correlation 0.95", course: autocorrelated(0.95)},
		{Name: "drifting", About: "the machine becomes slower, or faster, by four deviations over the run", course: drifting},
		{Name: "warming", About: "the first rounds are slower by up to eight deviations", course: warming},
		{Name: "shared", About: "rounds differ three times as much as executions within them", course: shared},
		{Name: "order", About: "whatever goes second in a round is slower by one deviation", course: second},
	}
	for i := range all {
		all[i].Noise = usual
	}
	return all
}

// Layout is a stream in which the sides of a run are apart by accident, by 1.5
// deviations on average either way: what memory layout does, the same in every
// execution of a build or a container and another in the next. No rule can tell it
// from a change by one run; a second block, drawn with another seed, can.
func Layout() Stream {
	return Stream{
		Name: "layout", About: "sides are apart by accident, differently in each block",
		Noise: usual, course: normal, apart: 1.5 * math.Sqrt(math.Pi/2),
	}
}
