package cpuset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxCPU bounds what Parse accepts. Linux can be built for 8,192 CPUs; anything
// far beyond is a typing error that would only waste memory.
const maxCPU = 1 << 16

// Set is a set of CPU numbers, ascending and without repeats.
type Set []int

// Of returns the set of the given CPUs.
func Of(cpus ...int) Set {
	s := slices.Clone(cpus)
	slices.Sort(s)
	return slices.Compact(s)
}

// Parse reads the list format of cpuset(7): "0-3,8". An empty or blank list is
// the empty set. The error names the part that is wrong.
func Parse(list string) (Set, error) {
	list = strings.TrimSpace(list)
	if list == "" {
		return nil, nil
	}
	var cpus []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, err := parseRange(part)
		if err != nil {
			return nil, err
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return Of(cpus...), nil
}

func parseRange(part string) (first, last int, err error) {
	from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
	if first, err = parseCPU(from, part); err != nil {
		return 0, 0, err
	}
	if !isRange {
		return first, first, nil
	}
	if last, err = parseCPU(to, part); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("%q runs backwards", part)
	}
	return first, last, nil
}

func parseCPU(digits, part string) (int, error) {
	cpu, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a CPU number or a range like 2-5", part)
	}
	if cpu > maxCPU {
		return 0, fmt.Errorf("%q is beyond any CPU that Linux can have", part)
	}
	return int(cpu), nil
}

// String writes the shortest list: "0-3,8". Parse(s.String()) is s.
func (s Set) String() string {
	var parts []string
	for i := 0; i < len(s); {
		j := i
		for j+1 < len(s) && s[j+1] == s[j]+1 {
			j++
		}
		parts = append(parts, span(s[i], s[j]))
		i = j + 1
	}
	return strings.Join(parts, ",")
}

func span(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}

// Contains reports whether cpu is in s.
func (s Set) Contains(cpu int) bool { return slices.Contains(s, cpu) }

// Equal reports whether both sets hold the same CPUs.
func (s Set) Equal(t Set) bool { return slices.Equal(s, t) }

// Union returns the CPUs that are in either set.
func (s Set) Union(t Set) Set { return Of(slices.Concat(s, t)...) }

// Minus returns the CPUs of s that are not in t.
func (s Set) Minus(t Set) Set {
	var rest Set
	for _, cpu := range s {
		if !t.Contains(cpu) {
			rest = append(rest, cpu)
		}
	}
	return rest
}

// Within reports whether every CPU of s is in t.
func (s Set) Within(t Set) bool { return len(s.Minus(t)) == 0 }

// First returns the n lowest CPUs, or all of them where there are fewer.
func (s Set) First(n int) Set { return s[:min(n, len(s))] }
