package box

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestARunEndsWhenThereIsNotEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		var now atomic.Bool
		r := Runner{Enough: func() error {
			if now.Load() {
				return full
			}
			return nil
		}}
		ctx, stop := r.within(t.Context())
		time.Sleep(time.Hour)
		if ctx.Err() != nil {
			t.Error("it ended though there was enough")
		}
		now.Store(true)
		time.Sleep(askEvery)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), full) {
			t.Errorf("it ended for %v", context.Cause(ctx))
		}
		stop()
		ctx, stop = (&Runner{}).within(t.Context())
		stop()
		if ctx.Err() == nil {
			t.Error("it was not stopped")
		}
	})
}
