package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

func TestProblemsTravel(t *testing.T) {
	check := func(p results.Problem) {
		t.Helper()
		text, err := json.Marshal(Failure{FromProblem(&p)})
		if err != nil {
			t.Fatal(err)
		}
		var arrived Failure
		if err := json.Unmarshal(text, &arrived); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&p, arrived.Error.Problem()); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
	check(results.Problem{Kind: results.BadInput, Where: "perf.yml:1:2", What: "it is\x1b wrong", Excerpt: "a: b\n^", Next: "mend it"})
	check(results.Problem{Kind: results.CannotRun, What: "the disk is full"})
	if p := (Problem{Kind: "of-the-future"}).Problem(); p.Kind != results.CannotRun {
		t.Errorf("an unknown kind is %v", p.Kind)
	}
}

func TestTheCauseStays(t *testing.T) {
	cause := errors.New("open /root/secret: no")
	text, err := json.Marshal(FromProblem(&results.Problem{What: "it failed", Err: cause}))
	if err != nil || strings.Contains(string(text), "secret") {
		t.Errorf("%s, %v", text, err)
	}
	if p, ok := AsProblem(fmt.Errorf("a: %w", &results.Problem{What: "x"})); !ok || p.What != "x" {
		t.Errorf("%+v, %v", p, ok)
	}
}

func TestCheckID(t *testing.T) {
	for _, good := range []string{"a", "0f", "20260101T000000.000-x_y", strings.Repeat("a", 64)} {
		if err := CheckID(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "-a", "_a", ".a", "a/b", "a\\b", "a b", "a\x00", "é", strings.Repeat("a", 65)} {
		if err := CheckID(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
