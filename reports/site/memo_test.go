package site

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemo: who asks first waits, who asks later gets what is known while it is read
// again, and an error is not kept.
func TestMemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, reads, fails := memo[int]{}, 0, error(nil)
		get := func(enough func(int) bool) (int, error) {
			return m.get(t.Context(), func(context.Context) (int, error) {
				time.Sleep(100 * time.Millisecond)
				reads++
				return reads, fails
			}, enough)
		}
		check := func(what string, want int, wait time.Duration, enough func(int) bool) {
			t.Helper()
			start := time.Now()
			if got, err := get(enough); got != want || err != nil || time.Since(start) != wait {
				t.Errorf("%s: %d after %v, %v; want %d after %v", what, got, time.Since(start), err, want, wait)
			}
		}
		check("the first", 1, 100*time.Millisecond, always)
		check("fresh", 1, 0, always)
		time.Sleep(2 * fresh)
		check("no longer fresh", 1, 0, always)
		synctest.Wait()
		time.Sleep(200 * time.Millisecond)
		check("read meanwhile", 2, 0, always)
		check("not enough, but read just now", 2, 0, func(int) bool { return false })
		time.Sleep(fresh / 2)
		check("not enough", 3, 100*time.Millisecond, func(int) bool { return false })
		time.Sleep(2 * fresh)
		fails = errors.New("no")
		check("while it fails", 3, 0, always)
		time.Sleep(time.Second)
		if _, err := get(func(int) bool { return false }); !errors.Is(err, fails) {
			t.Errorf("who waits for what fails: %v", err)
		}
	})
}
