package site

import (
	"cmp"
	"context"
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// judge returns what puts the verdict of a run that measured both sides in a row.
func (s *Site) judge(ctx context.Context) func(row *CompareRow, run string) error {
	type part struct {
		run, benchmark string
		metric         results.Metric
	}
	known, read := map[part]results.Outcome{}, map[string]bool{"": true}
	return func(row *CompareRow, run string) error {
		if !read[run] {
			read[run] = true
			outcomes, err := s.concluded(ctx, run)
			if err != nil {
				return err
			}
			for _, o := range outcomes {
				known[part{run, o.Benchmark, o.Metric}] = o
			}
		}
		if o, found := known[part{run, row.Benchmark, row.Metric}]; found {
			row.Strength, row.Verdict, row.Run = SideBySide, verdict.Verdict(o.Verdict), run
			row.A, row.B, row.Change, row.Low, row.High, row.Ratio = o.Base, o.Head, o.Change, o.Low, o.High, o.Measured
		}
		return nil
	}
}

// differ returns what names in a row in what the environments of its sides differ, and
// adds to the page what that is on either.
func (s *Site) differ(ctx context.Context, m *CompareModel) func(row *CompareRow, a, b results.Point) error {
	runs := map[string]results.Run{}
	run := func(id string) (results.Run, error) {
		if known, found := runs[id]; found {
			return known, nil
		}
		whole, err := s.source.Run(ctx, id)
		runs[id] = whole
		return whole, err
	}
	return func(row *CompareRow, a, b results.Point) error {
		ra, errA := run(a.Run)
		rb, errB := run(b.Run)
		if err := cmp.Or(errA, errB); err != nil {
			return err
		}
		for _, d := range verdict.Differences(ra, a.Side, rb, b.Side, row.Benchmark, row.Metric) {
			row.Differs = append(row.Differs, d.Name)
			if !slices.Contains(m.Differs, d) {
				m.Differs = append(m.Differs, d)
			}
		}
		return nil
	}
}
