package formats

import (
	"bytes"
	"fmt"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// jsonNext is what to do when a tool's JSON is not where it should be.
const jsonNext = "let the tool write JSON and nothing else to standard output, or write it to a file and name that with output:"

// readJSON returns the reader of a JSON format. One execution is one process of
// the tool, whatever it started itself: all values are samples of it. A benchmark
// that the tool reports as failed makes the execution one that cannot be read.
func readJSON(format string) reader {
	return func(out Output) ([]results.Sample, error) {
		if err := complete(out); err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(out.Stdout)) == 0 {
			return nil, noResult(out.source(), "it is empty, so there is no result in it", jsonNext)
		}
		top, err := jsontext.Parse(out.source(), out.Stdout)
		if err != nil {
			return nil, withNext(err, jsonNext)
		}
		file, err := jsonfile.Parse(format, top)
		switch {
		case err != nil:
			return nil, err
		case len(file.Failures) > 0:
			return nil, file.Failures[0].Problem
		case len(file.Entries) == 0:
			return nil, noResult(out.source(), fmt.Sprintf("there is no result in this file of %s", format), "check that the command runs at least one benchmark")
		}
		return samplesOf(file), nil
	}
}

// withNext adds what to do to a problem that does not say it.
func withNext(err error, next string) error {
	if p, ok := err.(*results.Problem); ok && p.Next == "" {
		p.Next = next
	}
	return err
}

func samplesOf(file *jsonfile.File) (samples []results.Sample) {
	for _, entry := range file.Entries {
		for _, group := range entry.Groups {
			for _, value := range group {
				samples = append(samples, results.Sample{Metric: entry.Metric, Value: value})
			}
		}
	}
	return samples
}
