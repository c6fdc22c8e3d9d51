package knob

import (
	"mtrlz.dev/perfrun/harness/cpuset"
)

// without takes CPUs out of a list; cut reports whether any was in it.
func without(list string, cpus cpuset.Set) (rest cpuset.Set, cut bool) {
	set, err := cpuset.Parse(list)
	if err != nil {
		return nil, false
	}
	rest = set.Minus(cpus)
	return rest, len(rest) < len(set)
}

// away takes the benchmark's CPUs out of a mask, unless nothing would be left.
func (m Machine) away(mask cpuset.Set) cpuset.Set {
	if rest := mask.Minus(m.Bench); len(rest) > 0 {
		return rest
	}
	return m.others()
}

// others are the CPUs of everybody else.
func (m Machine) others() cpuset.Set {
	text, _ := m.read("/sys/devices/system/cpu/online")
	online, _ := cpuset.Parse(text)
	if rest := online.Minus(m.Bench).Minus(m.Siblings); len(rest) > 0 {
		return rest
	}
	return online
}
