package strict

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// Percent reads "2%" as 0.02: above 0 % and below 100 %.
func (d *Decoder) Percent(what string) func(Node) (float64, error) {
	return d.percent(what, func(v float64) bool { return v > 0 && v < 100 },
		"give a percentage above 0 % and below 100 %, like 2%")
}

// Share reads "25%" as 0.25, where none (0%) and all (100%) have a meaning.
func (d *Decoder) Share(what string) func(Node) (float64, error) {
	return d.percent(what, func(v float64) bool { return v >= 0 && v <= 100 },
		"give a percentage from 0 % to 100 %, like 25%")
}

func (d *Decoder) percent(what string, within func(float64) bool, next string) func(Node) (float64, error) {
	return func(node Node) (float64, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return 0, err
		}
		number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
		if !isPercent {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q, without a percent sign", what, text), next)
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !within(value) {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q", what, text), next)
		}
		return value / 100, nil
	}
}

// Duration reads Go's notation, "1m30s", above zero.
func (d *Decoder) Duration(what string) func(Node) (time.Duration, error) {
	return d.duration(what, 1, "give a duration above zero, like 90s")
}

// DurationOrZero reads Go's notation, "1m30s" or "0s".
func (d *Decoder) DurationOrZero(what string) func(Node) (time.Duration, error) {
	return d.duration(what, 0, "give a duration like 90s, or 0s")
}

func (d *Decoder) duration(what string, least time.Duration, next string) func(Node) (time.Duration, error) {
	return func(node Node) (time.Duration, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return 0, err
		}
		value, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return 0, d.Fail(node, fmt.Sprintf("%s is %q, which is no duration", what, text), "give a number with a unit, like 90s, 10m or 1h30m")
		case value < least:
			return 0, d.Fail(node, fmt.Sprintf("%s is %s", what, text), next)
		}
		return value, nil
	}
}

// units of Size, in bytes.
var units = map[string]float64{
	"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// Size reads a number of bytes with its unit, "1.5GiB" or "0B".
func (d *Decoder) Size(what string) func(Node) (int64, error) {
	return func(node Node) (int64, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return 0, err
		}
		const next = "give a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, like 500MB or 10GiB"
		trimmed := strings.TrimSpace(text)
		number := strings.TrimRight(trimmed, "kKMGTiB")
		unit, known := units[trimmed[len(number):]]
		if !known {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q, which is no size", what, text), next)
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(value >= 0 && value*unit < math.MaxInt64) {
			return 0, d.Fail(node, fmt.Sprintf("%s is %q", what, text), next)
		}
		return int64(math.Round(value * unit)), nil
	}
}

// CPUs reads the kernel's list format, "2-3,6"; at least one CPU.
func (d *Decoder) CPUs(what string) func(Node) (cpuset.Set, error) {
	return func(node Node) (cpuset.Set, error) {
		text, err := d.scalar(node, what)
		if err != nil {
			return nil, err
		}
		set, err := cpuset.Parse(text)
		if err == nil && len(set) == 0 {
			err = errors.New("the list is empty")
		}
		if err != nil {
			return nil, d.Fail(node, fmt.Sprintf("%s: %v", what, err), `give CPU numbers, like "2-3" or "2,6"`)
		}
		return set, nil
	}
}
