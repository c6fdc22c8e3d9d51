package formats

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
)

// Output is what one execution left behind.
type Output struct {
	Stdout       []byte           // any bytes
	Truncated    bool             // Stdout is not all that was written
	File         string           // where the results are instead of in Stdout, slash-separated, below Dir; empty: in Stdout
	Dir          fs.FS            // the benchmark's working tree; must not leave it by symbolic links, as os.Root.FS does not
	Since        time.Time        // when the execution started; older files are not its results
	CriterionDir string           // where Criterion writes, slash-separated, below Dir; empty for DefaultCriterionDir
	Accounts     results.Accounts // what the kernel charged to it
	Account      []string         // the accounts wanted beside the output's own metrics; format wall without any reads the wall clock
}

// ErrNoResult is the cause of an error (for errors.Is) when the output is sound
// but holds no result. Any other error means that it could not be read.
var ErrNoResult = errors.New("no result")

// reader turns the output of one execution into samples.
type reader func(Output) ([]results.Sample, error)

// readers holds the formats in the order to show them.
var readers = []struct {
	name string
	read reader
}{
	{"wall", readWall},
	{"go", readGo},
	{"criterion", readCriterion},
	{"values", readValues},
	{jsonfile.Google, readJSON(jsonfile.Google)},
	{jsonfile.Hyperfine, readJSON(jsonfile.Hyperfine)},
	{jsonfile.Pytest, readJSON(jsonfile.Pytest)},
	{jsonfile.JMH, readJSON(jsonfile.JMH)},
}

// Names lists the formats.
func Names() []string {
	names := make([]string, len(readers))
	for i, r := range readers {
		names[i] = r.name
	}
	return names
}

// Read reads the samples of one execution, in the order they were written. It
// returns at least one sample or an error, which is a [*results.Problem].
func Read(format string, out Output) ([]results.Sample, error) {
	i := slices.Index(Names(), format)
	if i < 0 {
		return nil, problem("format", fmt.Sprintf("there is no format %s", quote(format)), "choose one of "+strings.Join(Names(), ", "))
	}
	out, err := out.withFile(format)
	if err != nil {
		return nil, err
	}
	samples, err := readers[i].read(out)
	if err == nil {
		samples, err = withAccounts(samples, out)
	}
	if err != nil {
		return nil, err
	}
	for j := range samples {
		if err := admit(&samples[j]); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// admit makes a sample's texts valid UTF-8, so that the same bytes give the same
// name on both sides wherever they are kept, and refuses a value that no
// statistic can bear.
func admit(s *results.Sample) error {
	for _, text := range []*string{&s.Metric.Case, &s.Metric.Name, &s.Metric.Unit} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	if !finite(s.Value) {
		return problem(quote(s.Metric.String()), fmt.Sprintf("the value %v is not finite", s.Value), "")
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
