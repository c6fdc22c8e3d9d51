package gate

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// processors are the drivers of a processor's own sensors. Others are read only
// where none of these is: asking a disk may wake it.
var processors = []string{"coretemp", "k10temp", "zenpower", "k8temp", "cpu_thermal"}

// What a sensor of a running computer can say, in millidegrees. Inputs that
// nothing is connected to read as the ends of their range, and the hottest would
// hide all others.
const (
	coldest = -40_000
	hottest = 125_000
)

// Temperature returns the hottest sensor in degrees Celsius: of the processors
// where they have one, else of all hwmon, else of the thermal zones
// (Documentation/hwmon/sysfs-interface.rst,
// Documentation/driver-api/thermal/sysfs-api.rst). Not ok: the machine shows none.
func Temperature(root string) (celsius float64, ok bool) {
	inputs := glob(root, "sys/class/hwmon/hwmon*/temp*_input")
	own := slices.DeleteFunc(slices.Clone(inputs), func(file string) bool {
		return !slices.Contains(processors, read(root, path.Join(path.Dir(file), "name")))
	})
	for _, files := range [][]string{own, inputs, glob(root, "sys/class/thermal/thermal_zone*/temp")} {
		if celsius, ok := maximum(root, files); ok {
			return celsius, true
		}
	}
	return 0, false
}

func maximum(root string, files []string) (celsius float64, ok bool) {
	for _, file := range files {
		milli, err := strconv.ParseInt(read(root, file), 10, 64)
		if err != nil || milli < coldest || milli > hottest {
			continue
		}
		if here := float64(milli) / 1000; !ok || here > celsius {
			celsius, ok = here, true
		}
	}
	return celsius, ok
}

// glob lists files below root, by names that are relative to it.
func glob(root, pattern string) []string {
	files, _ := fs.Glob(os.DirFS(root), pattern) // the patterns are ours
	return files
}

// read returns a file's text without the space around it; nothing where it cannot
// be read.
func read(root, file string) string {
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
