package setting

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// Meaning returns one spelling for all values of a setting file that mean the
// same. Which rule holds goes by the file's name.
func Meaning(target, value string) string {
	name := path.Base(target)
	switch {
	case name == "smp_affinity_list" || strings.HasPrefix(name, "cpuset.cpus") && name != "cpuset.cpus.partition" ||
		strings.HasPrefix(name, "cpuset.mems"):
		if set, err := cpuset.Parse(value); err == nil {
			return set.String()
		}
	case name == "smp_affinity" || name == "default_smp_affinity" || name == "cpumask":
		if set, err := ParseMask(value); err == nil {
			return set.String()
		}
	case name == "cgroup.subtree_control":
		words := strings.Fields(value)
		slices.Sort(words)
		return strings.Join(words, " ")
	}
	return strings.TrimSpace(value)
}

// ParseMask reads a CPU mask of the kernel: hexadecimal words of 32 CPUs, highest
// first, separated by commas (bitmap_parse in lib/bitmap-str.c).
func ParseMask(mask string) (cpuset.Set, error) {
	words := strings.Split(strings.TrimSpace(mask), ",")
	slices.Reverse(words)
	var cpus []int
	for i, word := range words {
		bits, err := strconv.ParseUint(word, 16, 32)
		if err != nil {
			return nil, err
		}
		for bit := range 32 {
			if bits>>bit&1 == 1 {
				cpus = append(cpus, 32*i+bit)
			}
		}
	}
	return cpuset.Of(cpus...), nil
}

// Mask writes a set as a CPU mask of the kernel.
func Mask(cpus cpuset.Set) string {
	words := []uint32{0}
	for _, cpu := range cpus {
		for cpu/32 >= len(words) {
			words = append(words, 0)
		}
		words[cpu/32] |= 1 << (cpu % 32)
	}
	text := strconv.FormatUint(uint64(words[len(words)-1]), 16)
	for _, word := range slices.Backward(words[:len(words)-1]) {
		digits := strconv.FormatUint(uint64(word), 16)
		text += "," + strings.Repeat("0", 8-len(digits)) + digits
	}
	return text
}
