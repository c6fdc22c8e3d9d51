package results

// Instructions is the metric of instructions that a run counts itself, in user
// mode, of all processes of an execution.
func Instructions() Metric {
	return Metric{Name: "instructions", Unit: "instructions", Better: Lower}
}

// InstructionsFact names the fact of a run's environment that says how it counted
// instructions, or why it could not. Counts of two ways are not compared.
const InstructionsFact = "instructions"

// Counted tells which executions of a record were made on a simulated processor,
// only to count their instructions. They are some tens of times slower than the
// others and have no sample but that count: neither their time nor what they lack
// says anything of the benchmark.
//
// They are known by what they hold: nobody watched them, their one sample is that
// count, and other executions of the benchmark hold other metrics and not this one.
// So a benchmark that yields instructions by itself is never taken for one.
func (r *Record) Counted() func(*Execution) bool {
	timed, own := map[string]bool{}, map[string]bool{}
	for i := range r.Executions {
		if e := &r.Executions[i]; len(e.Samples) > 0 && !onlyCount(e) {
			timed[e.Benchmark] = true
			own[e.Benchmark] = own[e.Benchmark] || e.Yields(Instructions())
		}
	}
	return func(e *Execution) bool { return timed[e.Benchmark] && !own[e.Benchmark] && onlyCount(e) }
}

func onlyCount(e *Execution) bool {
	return e.Witness == nil && e.Fault == nil && !e.Warmup && len(e.Samples) == 1 && e.Samples[0].Metric == Instructions()
}

// Yields reports whether an execution has a sample of a metric, whichever way that
// is better.
func (e *Execution) Yields(metric Metric) bool {
	for _, sample := range e.Samples {
		if sample.Metric.Key() == metric.Key() {
			return true
		}
	}
	return false
}
