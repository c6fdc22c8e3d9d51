package export_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

type inner struct {
	A    float64   `json:"a"`
	Name string    `json:"name"` // hidden by the outer's
	When time.Time `json:"when,omitzero"`
}

type outer struct {
	inner
	Inner
	Name  string            `json:"name"`
	B     *float64          `json:"b,omitempty"`
	List  []any             `json:"list"`
	None  []int             `json:"none"`
	Words map[string]string `json:"words,omitempty"`
	Some  map[int]float64   `json:"some"`
	Plain float64
	Skip  float64 `json:"-"`
	Kept  json.RawMessage
	own   int
}

// Inner is embedded under its own name.
type Inner struct {
	C float64 `json:"c"`
}

// TestNull: but for what is not finite it is what encoding/json makes.
func TestNull(t *testing.T) {
	v := outer{inner: inner{A: 1, Name: "x", When: time.Unix(5, 0)}, Name: "y", List: []any{1.5, "z", nil, inner{A: 2}}, Some: map[int]float64{3: 1}, Kept: json.RawMessage(`{"k":1}`), own: 1}
	read := func(text []byte, err error) (all any) {
		t.Helper()
		if err == nil {
			err = json.Unmarshal(text, &all)
		}
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := read(json.Marshal(v))
	m := want.(map[string]any)
	m["c"], m["a"], m["Plain"] = nil, nil, nil
	m["some"].(map[string]any)["3"], m["list"].([]any)[0] = nil, nil
	v.C, v.A, v.Plain, v.Skip, v.List[0], v.Some[3] = math.Inf(-1), math.NaN(), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)
	if got := read(export.JSON(v)); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDamagedSample: a sample that is not finite is null, and such a file is not taken in.
func TestDamagedSample(t *testing.T) {
	rec := record()
	rec.Run.State, rec.Run.Finished = results.Done, time.Unix(9, 0)
	rec.Executions[0].Samples = []results.Sample{{Metric: results.Metric{Name: "wall"}, Value: math.Inf(1)}}
	for _, format := range export.Names() {
		if text := written(t, format, rec); format == "json" && !strings.Contains(text, `"value": null`) {
			t.Errorf("%s:\n%.2000s", format, text)
		}
	}
	if _, err := export.Read(strings.NewReader(written(t, "json", rec)), "file"); err == nil || !strings.Contains(err.Error(), "has no value") {
		t.Errorf("read back: %v", err)
	}
}
