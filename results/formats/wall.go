package formats

import (
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// readWall reads the clock where no account is asked for; those that are, Read
// adds to every format.
func readWall(out Output) ([]results.Sample, error) {
	if len(out.Account) > 0 {
		return nil, nil
	}
	clock, _ := results.AccountSample(out.Accounts, results.MetricWall)
	return []results.Sample{clock}, nil
}

// withAccounts adds the accounts that are asked for to what the output holds.
func withAccounts(samples []results.Sample, out Output) ([]results.Sample, error) {
	own := len(samples)
	for _, name := range out.Account {
		sample, ok := results.AccountSample(out.Accounts, name)
		if !ok {
			return nil, problem("metrics", fmt.Sprintf("there is no account %s", quote(name)), "choose among "+strings.Join(results.AccountNames(), ", "))
		}
		same := func(s results.Sample) bool { return s.Metric.Key() == sample.Metric.Key() }
		if slices.ContainsFunc(samples[:own], same) {
			return nil, problem("metrics", fmt.Sprintf("the output has a metric %s of its own, which cannot be told from the account", name), "let the benchmark call it something else")
		}
		samples = append(samples, sample)
	}
	return samples, nil
}
