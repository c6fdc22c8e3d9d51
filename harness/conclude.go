package harness

import (
	"context"
	"errors"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Outcomes keeps what a run concluded, so that pages need not judge its samples
// again. It can be repeated; a run that measured nothing concludes nothing.
func Outcomes(ctx context.Context, store Store, record *results.Record) error {
	if len(record.Executions) == 0 {
		return nil
	}
	return concluded(ctx, store, record, verdict.Judge(record))
}

// concluded is Outcomes of what was judged just now.
func concluded(ctx context.Context, store Store, record *results.Record, list []verdict.Comparison) error {
	if len(record.Executions) == 0 {
		return nil
	}
	return errors.Join(store.SetOutcomes(ctx, record.Run.ID, verdict.Outcomes(list)),
		store.SetDisturbances(ctx, record.Run.ID, verdict.Disturbances(record)))
}
