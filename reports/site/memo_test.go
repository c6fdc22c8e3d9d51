package site

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemo: what is known is given until another edition is asked for, or a while has
// gone; who asks while it is read waits; and an error is not kept.
func TestMemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, reads, fails := memo[int]{}, 0, error(nil)
		get := func(edition int64) (int, error) {
			return m.get(t.Context(), edition, func(context.Context) (int, error) {
				time.Sleep(100 * time.Millisecond)
				reads++
				return reads, fails
			})
		}
		check := func(what string, edition int64, want int, wait time.Duration) {
			t.Helper()
			start := time.Now()
			if got, err := get(edition); got != want || err != nil || time.Since(start) != wait {
				t.Errorf("%s: %d after %v, %v; want %d after %v", what, got, time.Since(start), err, want, wait)
			}
		}
		check("the first", 1, 1, 100*time.Millisecond)
		check("the same edition", 1, 1, 0)
		check("another", 2, 2, 100*time.Millisecond)
		check("an older one, asked for late", 1, 2, 0)
		time.Sleep(longest)
		check("what nobody counted may have changed", 2, 3, 100*time.Millisecond)
		go func() { _, _ = get(3) }()
		time.Sleep(10 * time.Millisecond)
		check("somebody reads it already", 3, 4, 90*time.Millisecond)
		go func() { _, _ = get(4) }()
		time.Sleep(10 * time.Millisecond)
		check("somebody reads an older one", 5, 6, 190*time.Millisecond)
		fails = errors.New("no")
		if _, err := get(6); !errors.Is(err, fails) {
			t.Errorf("what fails: %v", err)
		}
		fails = nil
		check("after it failed", 6, 8, 100*time.Millisecond)
	})
}

// TestMemoSurvives: a reading that panics is one bad page, also for who waits for it.
func TestMemoSurvives(t *testing.T) {
	m := memo[int]{}
	func() {
		defer func() { _ = recover() }()
		_, _ = m.get(t.Context(), 1, func(context.Context) (int, error) {
			go func() {
				if v, err := m.get(t.Context(), 1, func(context.Context) (int, error) { return 7, nil }); v != 7 && err == nil {
					t.Errorf("who waited got %d", v)
				}
			}()
			panic("bad")
		})
	}()
	if v, err := m.get(t.Context(), 1, func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("the next got %d, %v", v, err)
	}
}
