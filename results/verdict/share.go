package verdict

import "math"

// Share is between which ends the true share lies, with 95 % confidence, of what was seen
// n times in all (Wilson, "Probable Inference", JASA 22, 1927). It tells something of one
// case, too, where the share alone would claim all or nothing.
func Share(n, all int) (low, high float64) {
	if all <= 0 {
		return 0, 1
	}
	const z = 1.959964 // of the normal distribution, 2.5 % beyond it on each side
	size, share := float64(all), float64(n)/float64(all)
	middle := share + z*z/(2*size)
	half := z * math.Sqrt(share*(1-share)/size+z*z/(4*size*size))
	scale := 1 + z*z/size
	return max(0, (middle-half)/scale), min(1, (middle+half)/scale)
}
