package verdict

import "mtrlz.dev/perfrun/results"

// Part is what the first block says of one metric by itself, before the suite is
// judged as one. It follows from the plan and from the executions of its benchmark
// alone, so that it can be kept while only others are measured further.
type Part struct {
	comparison Comparison
	rounds     int // of the benchmark, that were measured
}

// Parts measures the first block, in the suite's order.
func Parts(record *results.Record) (parts []Part) {
	histories := collect(record, firstBlock)
	for i, some := range atOnce(len(histories), func(i int) []*Comparison { return measureBenchmark(&record.Run, histories[i]) }) {
		for _, c := range some {
			parts = append(parts, Part{*c, histories[i].rounds})
		}
	}
	return parts
}

// together judges parts as one suite, and leaves them as they are.
func together(parts []Part) []*Comparison {
	list, all := make([]Comparison, len(parts)), make([]*Comparison, len(parts))
	for i, p := range parts {
		list[i] = p.comparison
		all[i] = &list[i]
	}
	conclude(all)
	return all
}
