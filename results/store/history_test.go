package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// remembered stores runs of other days in another order than that of their commits;
// the last is not done.
func remembered(t *testing.T) (*Store, string) {
	s, path := fresh(t)
	for i, day := range []int{3, 1, 0, 2, 5, 9} { // 0: a commit without a date
		run := exampleRun(string(rune('a' + i)))
		run.Head.When = time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
		if day == 0 {
			run.Head.When = time.Time{}
		}
		if day < 9 {
			saveDone(t, s, run)
		} else {
			save(t, s, run, 0)
		}
		points := examplePoints(run)
		points[1].Environment = []string{"e1", "e2"}[i%2]
		if err := s.AddPoints(t.Context(), run.ID, points); err != nil {
			t.Fatal(err)
		}
	}
	return s, path
}

func pointsOf(h results.History) (points []results.Point) {
	for i := range h.Values {
		points = append(points, h.Point(i))
	}
	return points
}

func TestHistoryIsPointsInColumns(t *testing.T) {
	s, _ := remembered(t)
	want, err := s.Points(t.Context(), hostileSeries)
	if err != nil || len(want) != 10 {
		t.Fatalf("%d points, %v", len(want), err)
	}
	for range 2 { // the second time from memory
		h, err := s.History(t.Context(), hostileSeries)
		if diff := gocmp.Diff(want, pointsOf(h)); diff != "" || err != nil {
			t.Errorf("%v (-points +history):\n%s", err, diff)
		}
	}
	other := hostileSeries
	other.Suite = "x"
	list, err := s.Latest(t.Context(), []results.Series{other, hostileSeries}, 3)
	if err != nil || len(list) != 2 || len(list[0].Values) != 0 {
		t.Fatalf("latest: %v, %v", list, err)
	}
	if diff := gocmp.Diff(want[7:], pointsOf(list[1])); diff != "" {
		t.Errorf("latest (-want +got):\n%s", diff)
	}
}

func TestBrokenPointHidesNoOther(t *testing.T) {
	s, path := remembered(t)
	spoil(t, path, "points", "UPDATE points SET value = 9e999 WHERE run = 1 AND side = 0", "UPDATE points SET low = 'x' WHERE run = 2 AND side = 0")
	spoil(t, path, "runs", "UPDATE runs SET head_subject = 'text' WHERE num = 3")
	h, err := s.History(t.Context(), hostileSeries)
	if err != nil || h.Unreadable != 3 || len(h.Values) != 7 {
		t.Errorf("%d values, %d unreadable, %v", len(h.Values), h.Unreadable, err)
	}
}

func TestHistoryIsReadByIndex(t *testing.T) {
	s, _ := remembered(t)
	for _, query := range []string{selectLean, selectLatest, selectSource, selectOutcomes} {
		args := make([]any, strings.Count(query, "?"))
		if query == selectSource {
			args = args[:2]
		}
		rows, err := s.reader.Queryx("EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			if detail, ok := row[3].(string); !ok || strings.HasPrefix(detail, "SCAN") || strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s: %v", query, row[3])
			}
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCommitPoints wants of each commit what Points has of it.
func TestCommitPoints(t *testing.T) {
	s, path := remembered(t)
	all, err := s.Points(t.Context(), hostileSeries)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string][]results.Point{}
	for _, p := range all {
		of[p.Commit.Rev] = append(of[p.Commit.Rev], p)
	}
	byRun := func(a, b results.Point) int { return strings.Compare(a.Run, b.Run) }
	for range 2 { // the second time from memory
		for rev, want := range of {
			got, err := s.CommitPoints(t.Context(), rev)
			slices.SortFunc(got, byRun)
			slices.SortFunc(want, byRun)
			if diff := gocmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", rev, err, diff)
			}
		}
	}
	one := all[len(all)-1].Commit.Rev
	if got, err := s.CommitPoints(t.Context(), one[:len(one)-1]); err != nil || len(got) != 0 {
		t.Errorf("of a part of a revision: %v, %v", got, err)
	}
	if revs, err := s.CommitsLike(t.Context(), one[:len(one)-1], 99); err != nil || !slices.Contains(revs, one) {
		t.Errorf("commits like %s: %q, %v", one, revs, err)
	}
	spoil(t, path, "points", "UPDATE points SET low = 'x'")
	if got, err := s.CommitPoints(t.Context(), one); err != nil || len(got) != 0 {
		t.Errorf("of broken rows: %v, %v", got, err)
	}
}
