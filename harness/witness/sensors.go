package witness

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// sensors are the single-number files of /sys that this machine has.
type sensors struct {
	throttles    []string
	temperatures []string
	frequencies  [][]string // for each of the benchmark's CPUs, the better source first
}

func findSensors(root string, cpus cpuset.Set) sensors {
	s := sensors{throttles: findThrottles(root, cpus), temperatures: findTemperatures(root)}
	for _, cpu := range cpus {
		// The average over the last period tells more than the frequency of this
		// moment, in which the CPU is answering us.
		cpufreq := filepath.Join(cpuFolder(root, cpu), "cpufreq")
		files := readable(filepath.Join(cpufreq, "cpuinfo_avg_freq"), filepath.Join(cpufreq, "scaling_cur_freq"))
		if len(files) > 0 {
			s.frequencies = append(s.frequencies, files)
		}
	}
	return s
}

func cpuFolder(root string, cpu int) string {
	return filepath.Join(root, "sys/devices/system/cpu", "cpu"+strconv.Itoa(cpu))
}

// findThrottles lists the throttle counters of the benchmark's cores and
// packages, each once: the two CPUs of a core count the same events, and so do
// all CPUs of a package (Documentation/ABI/testing/sysfs-devices-system-cpu).
func findThrottles(root string, cpus cpuset.Set) (files []string) {
	seen := map[string]bool{}
	for _, cpu := range cpus {
		folder := cpuFolder(root, cpu)
		id := func(name string) string { return readWord(filepath.Join(folder, "topology", name)) }
		pkg, core := id("physical_package_id"), id("core_id")
		if pkg == "" || core == "" {
			pkg, core = folder, folder
		}
		for _, counter := range [][2]string{{"core_throttle_count", pkg + " " + core}, {"package_throttle_count", pkg}} {
			found := readable(filepath.Join(folder, "thermal_throttle", counter[0]))
			if key := counter[0] + " " + counter[1]; len(found) > 0 && !seen[key] {
				files = append(files, found...)
				seen[key] = true
			}
		}
	}
	return files
}

// processors are the drivers of a processor's own sensors. Others are asked only
// where none of these is: a disk or a network card says nothing about the CPUs'
// heat, and asking it may wake it.
var processors = []string{"coretemp", "k10temp", "zenpower", "k8temp", "cpu_thermal"}

// findTemperatures lists the files that can hold the hottest sensor: of hwmon
// (Documentation/hwmon/sysfs-interface.rst), else of the thermal zones.
func findTemperatures(root string) []string {
	inputs := readable(glob(root, "sys/class/hwmon/hwmon*/temp*_input")...)
	own := slices.DeleteFunc(slices.Clone(inputs), func(file string) bool {
		return !slices.Contains(processors, readWord(filepath.Join(filepath.Dir(file), "name")))
	})
	switch {
	case len(own) > 0:
		return ofPackage(own)
	case len(inputs) > 0:
		return inputs
	}
	return readable(glob(root, "sys/class/thermal/thermal_zone*/temp")...)
}

// ofPackage keeps the sensors of whole packages, if there are any: coretemp has
// one that is as hot as its hottest core, and reading the core's wakes the core.
func ofPackage(files []string) []string {
	whole := slices.DeleteFunc(slices.Clone(files), func(file string) bool {
		return readWord(strings.TrimSuffix(file, "_input")+"_label") != "Package"
	})
	if len(whole) > 0 {
		return whole
	}
	return files
}

func glob(root, pattern string) []string {
	files, _ := filepath.Glob(filepath.Join(root, pattern)) // the pattern is well-formed
	return files
}

// readable keeps the files that yield a number.
func readable(files ...string) []string {
	var kept []string
	for _, file := range files {
		text, err := readFile(file, nil)
		if _, ok := parseValue(text); err == nil && ok {
			kept = append(kept, file)
		}
	}
	return kept
}

// readWord returns the first word of a file, and nothing if it cannot be read.
func readWord(file string) string {
	text, err := readFile(file, nil)
	if err != nil {
		return ""
	}
	word, _ := cutField(text)
	return string(bytes.TrimSpace(word))
}

// parseValue reads a file that holds one number, which may be below zero.
func parseValue(text []byte) (int64, bool) {
	line, _ := cutLine(text)
	field, _ := cutField(line)
	digits, negative := bytes.CutPrefix(field, []byte("-"))
	n, ok := number(digits)
	if !ok || n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// read fills in what the sensors show. One that cannot be read now, because its
// CPU is offline or asleep, shows nothing.
func (s sensors) read(w *Watcher, r *Reading) {
	if len(s.throttles) > 0 {
		r.throttles = make([]count, len(s.throttles))
	}
	for i, file := range s.throttles {
		if value, ok := w.value(file); ok && value >= 0 {
			r.throttles[i].add(uint64(value))
		}
	}
	for _, file := range s.temperatures {
		if value, ok := w.value(file); ok && (value > r.temperature || r.temperature == 0) {
			r.temperature = value
		}
	}
	for _, files := range s.frequencies {
		r.frequency = lowest(r.frequency, w.firstValue(files))
	}
}

func (w *Watcher) firstValue(files []string) int64 {
	for _, file := range files {
		if value, ok := w.value(file); ok && value > 0 {
			return value
		}
	}
	return 0
}

func (w *Watcher) value(file string) (int64, bool) {
	text, err := readFile(file, w.buf)
	w.buf = text
	if err != nil {
		return 0, false
	}
	return parseValue(text)
}
