package export

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/montanaflynn/stats"
	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"

	"mtrlz.dev/perfrun/results"
)

// writeBenchfmt writes Go's benchmark format
// (https://go.dev/design/14313-benchmark-format):
//
//	Unit sec/op better=lower
//	suite: dataflow
//	side: base
//
//	Benchmarkencode/Encode/small 1 1.25e-06 sec/op 512 B/op
//
// Base comes first whatever was executed first, because benchstat compares every
// other side to the one that it meets first; within a side the order is that of
// execution. Everything but side and block is the same for the whole file, because
// benchstat makes a table of its own for every other difference. The second block
// of a run is meant to have one: it was measured only where the first showed a
// change, and the two taken together would find that change too often. A run
// without a second block does not mention blocks.
func writeBenchfmt(w io.Writer, rec *results.Record) error {
	out := benchfmt.NewWriter(w)
	names := newNaming(rec)
	for _, unit := range names.units {
		better, agreed := names.better[unit]
		if !agreed {
			continue
		}
		line := benchfmt.UnitMetadata{
			UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: unit, Key: "better"}, OrigUnit: unit, Value: string(better),
		}
		if err := out.Write(&line); err != nil {
			return err
		}
	}
	last := lastBlock(rec)
	for block := range last + 1 {
		for _, side := range results.Sides() {
			config := configuration(&rec.Run, side)
			if last > 0 {
				config = append(config, benchfmt.Config{Key: "block", Value: []byte(strconv.Itoa(block)), File: true})
			}
			if err := writeSide(out, config, names, rec, block, side); err != nil {
				return err
			}
		}
	}
	return nil
}

// lastBlock is the number of the last block with something to compare.
func lastBlock(rec *results.Record) (last int) {
	for i := range rec.Executions {
		if usable(&rec.Executions[i]) {
			last = max(last, rec.Executions[i].Block)
		}
	}
	return last
}

// writeSide writes what is usable of one side of a block.
func writeSide(out *benchfmt.Writer, config []benchfmt.Config, names *naming, rec *results.Record, block int, side results.Side) error {
	for i := range rec.Executions {
		e := &rec.Executions[i]
		if e.Block != block || e.Side != side || !usable(e) {
			continue
		}
		if err := writeExecution(out, config, names, e); err != nil {
			return err
		}
	}
	return nil
}

// usable reports whether an execution counts in a comparison.
func usable(e *results.Execution) bool {
	return !e.Warmup && e.Fault == nil && len(e.Contaminated) == 0
}

// writeExecution writes a result line for every case of one execution.
func writeExecution(out *benchfmt.Writer, config []benchfmt.Config, names *naming, e *results.Execution) error {
	var order []results.Key
	values := map[results.Key][]float64{}
	for _, sample := range e.Samples {
		key := sample.Metric.Key()
		if values[key] == nil {
			order = append(order, key)
		}
		values[key] = append(values[key], sample.Value)
	}
	var lines []*benchfmt.Result
	byName := map[string]*benchfmt.Result{}
	for _, key := range order {
		median, err := stats.Median(values[key])
		if err != nil {
			return fmt.Errorf("median of %s in execution %d: %w", key.Name, e.Seq, err)
		}
		place := names.of(e.Benchmark, key)
		value, unit := benchunit.Tidy(median, place.unit)
		if byName[place.name] == nil {
			byName[place.name] = &benchfmt.Result{Config: config, Name: benchfmt.Name(place.name), Iters: 1}
			lines = append(lines, byName[place.name])
		}
		line := byName[place.name]
		line.Values = append(line.Values, benchfmt.Value{Value: value, Unit: unit})
	}
	for _, line := range lines {
		if err := out.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// configuration lists what holds for a whole side as "key: value" lines.
func configuration(run *results.Run, side results.Side) []benchfmt.Config {
	facts := map[string]string{}
	for _, fact := range run.Env {
		facts[fact.Name] = fact.Value
	}
	lines := [][2]string{
		{"suite", run.Suite},
		{"run", run.ID},
		{"base", revision(run.Base)},
		{"head", revision(run.Head)},
		{"host", facts["host.name"]},
		{"cpu", facts["cpu.model"]},
		{"kernel", facts["kernel.release"]},
	}
	if base, head := image(run.BaseImage), image(run.HeadImage); base == head {
		lines = append(lines, [2]string{"image", head})
	} else {
		lines = append(lines, [2]string{"base-image", base}, [2]string{"head-image", head})
	}
	lines = append(lines, [2]string{"engine", run.Plan.Engine}, [2]string{"side", string(side)})
	var config []benchfmt.Config
	for _, line := range lines {
		if value := oneLine(line[1]); value != "" {
			config = append(config, benchfmt.Config{Key: line[0], Value: []byte(value), File: true})
		}
	}
	return config
}

func revision(c results.Commit) string {
	if c.Dirty {
		return c.Rev + " with changes"
	}
	return c.Rev
}

func image(i results.Image) string { return i.Ref + " " + i.Digest }

// oneLine returns text without what would end a configuration line or speak to a
// terminal.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
