package sequential

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestLooks(t *testing.T) {
	check := func(rounds int, want ...int) {
		t.Helper()
		if got := Looks(rounds); !slices.Equal(got, want) {
			t.Errorf("%d rounds are looked at after %v, want %v", rounds, got, want)
		}
	}
	check(0)
	check(1, 1)
	check(6, 6)
	check(7, 6, 7)
	check(10, 6, 8, 10)
	check(20, 6, 8, 11, 15, 20)
	check(40, 6, 8, 11, 15, 20, 26, 34, 40)
}

// TestKnownBoundaries compares with the answers that one and two looks have.
func TestKnownBoundaries(t *testing.T) {
	one := boundaries([]float64{1}, 0.05)
	if math.Abs(one[0]-1.95996) > 1e-4 {
		t.Errorf("one look stops at %v, want 1.95996", one[0])
	}
	// Half is spent at half: the first boundary is that of level 0.025 alone.
	two := boundaries([]float64{0.5, 1}, 0.05)
	if math.Abs(two[0]-2.24140) > 1e-4 {
		t.Errorf("the first of two looks stops at %v, want 2.24140", two[0])
	}
	if two[1] < 2.0 || two[1] > 2.24140 { // more than one look's, less than Bonferroni's
		t.Errorf("the second of two looks stops at %v", two[1])
	}
}

// TestErrorIsWhatWasPromised walks many paths without any drift, and counts those
// that ever cross.
func TestErrorIsWhatWasPromised(t *testing.T) {
	looks := Looks(40)
	draw := rand.New(rand.NewPCG(1, 2))
	const paths = 200_000
	for _, level := range []float64{0.2, 0.05} {
		crossed := 0
		for range paths {
			sum, before := 0.0, 0
			for _, n := range looks {
				sum += draw.NormFloat64() * math.Sqrt(float64(n-before))
				before = n
				p := math.Erfc(math.Abs(sum) / math.Sqrt(2*float64(n)))
				if At(looks, n).Overall(p) <= level {
					crossed++
					break
				}
			}
		}
		share, sd := float64(crossed)/paths, math.Sqrt(level*(1-level)/paths)
		if math.Abs(share-level) > 4*sd+0.01*level {
			t.Errorf("%v of paths cross a boundary of overall level %v", share, level)
		}
	}
}

func TestLevelAndOverallAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		looks := Looks(rapid.IntRange(7, 60).Draw(t, "rounds"))
		look := At(looks, rapid.IntRange(0, 70).Draw(t, "now"))
		level := math.Pow(10, rapid.Float64Range(-12, -0.5).Draw(t, "level"))
		nominal := look.Level(level)
		if back := look.Overall(nominal); math.Abs(back-level) > 1e-9*level {
			t.Errorf("level %v is %v at the look and %v back", level, nominal, back)
		}
		if len(looks) > 1 && nominal >= level {
			t.Errorf("a look tests at %v, all of them at %v", nominal, level)
		}
	})
}

func TestOneLookCostsNothing(t *testing.T) {
	for _, looks := range [][]int{nil, {20}} {
		if p := At(looks, 20).Overall(0.03); p != 0.03 {
			t.Errorf("p is %v after looks %v", p, looks)
		}
	}
}

func TestOutsideOfTheSchedule(t *testing.T) {
	looks := Looks(20)
	if a, b := At(looks, 12), At(looks, 15); a != b {
		t.Errorf("cut off after 12 rounds the look is %v, want that of 15, %v", a, b)
	}
	if a, b := At(looks, 25), At(looks, 20); a != b {
		t.Errorf("after the last look: %v, want %v", a, b)
	}
	if p := At(looks, 20).Overall(0); p != 0 {
		t.Errorf("p of 0 is %v", p)
	}
	if p := At(looks, 6).Overall(1); p != 1 {
		t.Errorf("p of 1 is %v", p)
	}
}
