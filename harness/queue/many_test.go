package queue

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// crowd is a queue in which so many jobs of a hundred people wait.
func crowd(t testing.TB, n int) *world {
	t.Helper()
	w := newWorld(t, filepath.Join(t.TempDir(), "perfrun.db"))
	t.Cleanup(func() { w.Store.Close() })
	err := w.Store.ChangeJobs(t.Context(), func(jobs store.Jobs) error {
		for i := range n {
			job := results.Job{Order: order(fmt.Sprintf("old%d", i)), Submitter: fmt.Sprintf("person%d", i%100), State: results.JobQueued, Created: time.Unix(int64(i), 0)}
			if err := jobs.Save(job); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAHundredSubmittersAtOnce sends each order twice, at once, while others look.
func TestAHundredSubmittersAtOnce(t *testing.T) {
	w := crowd(t, 10_000)
	var group sync.WaitGroup
	for person := range 100 {
		who := results.Person{Name: fmt.Sprintf("person%d", person), Role: results.Submitter}
		for range 2 {
			group.Go(func() {
				for i := range 3 {
					if _, err := w.Submit(t.Context(), who, order(fmt.Sprintf("new%d.%d", person, i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Go(func() {
		if _, err := w.View(t.Context()); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	view, err := w.View(t.Context())
	if err != nil || len(view.Waiting) != 10_300 {
		t.Fatalf("%d wait, %v", len(view.Waiting), err)
	}
	for i, place := range view.Waiting[:10_000] { // each has 100 old jobs, which come first, in turns
		if want := fmt.Sprintf("old%d", i); place.ID != want {
			t.Fatalf("place %d is %s, want %s", i, place.ID, want)
		}
	}
}

// TestOnePersonDoesNotFillTheQueue orders without end.
func TestOnePersonDoesNotFillTheQueue(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "perfrun.db"))
	t.Cleanup(func() { w.Store.Close() })
	err := w.Store.ChangeJobs(t.Context(), func(jobs store.Jobs) error {
		for i := range mostEach {
			if err := jobs.Save(results.Job{Order: order(fmt.Sprintf("old%d", i)), Submitter: ci.Name, State: results.JobQueued}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Submit(t.Context(), ci, order("more"))
	wants(t, err, "2000 of them yours")
	if _, err := w.Submit(t.Context(), dev, order("more")); err != nil {
		t.Error(err)
	}
}

// BenchmarkView is what "perfrun queue" costs where so many wait.
func BenchmarkView(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := crowd(b, n)
			for b.Loop() {
				if _, err := w.View(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
