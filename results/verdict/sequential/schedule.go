package sequential

import "math"

const (
	// First is the round of the first look: below it no 95 % interval of a median
	// exists (1 - 2/2^n is at least 0.95 from 6 on).
	First = 6
	// growth is the ratio of successive looks. A run that is looked at when it
	// could have ended a little earlier measures a sixth too much on average; looks
	// closer together spend their error on nearly the same data.
	growth = 1.3
)

// Looks is the schedule of a run of at most so many rounds: after how many it is
// looked at, ascending. The last is rounds itself; no rounds, no looks.
func Looks(rounds int) (looks []int) {
	for n := First; n < rounds; n = int(math.Ceil(float64(n) * growth)) {
		looks = append(looks, n)
	}
	if n := len(looks); n > 0 && float64(looks[n-1])*(growth+1)/2 > float64(rounds) {
		looks = looks[:n-1] // so close to the end that it tells the same
	}
	if rounds > 0 {
		looks = append(looks, rounds)
	}
	return looks
}
