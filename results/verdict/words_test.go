package verdict

import (
	"slices"
	"strings"
	"testing"
)

// TestTwoModesAreSaidInPercent: whatever unit the values are in.
func TestTwoModesAreSaidInPercent(t *testing.T) {
	check := func(want string, low, high float64) {
		t.Helper()
		var values []float64
		for i := range 40 {
			values = append(values, low+float64(i%4)*0.0005, high+float64(i%4)*0.0005)
		}
		c := Comparison{Base: Summary{N: 80, Values: values}, Head: Summary{N: 80, Values: slices.Repeat([]float64{1}, 80)}}
		if said := strings.Join(warnings(c, 0), "; "); said != want {
			t.Errorf("%g and %g: %q, want %q", low, high, said, want)
		}
	}
	check("base has two modes: 50 % of its values around one level, the others 10 % above it", 1, 1.1)
	check("base has two modes: 50 % of its values around one level, the others above it", -1.1, -1)
}
