package verdict

import (
	"math"
	"testing"
)

// TestShare: the values are those of R's prop.test(n, all, correct = FALSE).
func TestShare(t *testing.T) {
	check := func(n, all int, low, high float64) {
		t.Helper()
		if l, h := Share(n, all); math.Abs(l-low) > 5e-4 || math.Abs(h-high) > 5e-4 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", n, all, l, h, low, high)
		}
	}
	check(0, 1, 0, 0.7935)
	check(1, 1, 0.2065, 1)
	check(1, 5, 0.0362, 0.6245)
	check(81, 263, 0.2553, 0.3662)
	check(0, 0, 0, 1)
}
