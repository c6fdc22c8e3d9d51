package gate

import (
	"path"
	"strconv"
)

// Rival is a program that disturbs measurements by what it is.
type Rival struct {
	Name string
	PID  int
	Why  string
}

const (
	tunes    = "it sets the machine's knobs itself"
	governs  = "it sets governor, turbo or energy preference itself"
	throttle = "it limits the frequency when it sees fit"
	measures = "it measures now, or watches others"
	moves    = "it moves tasks between cpusets"
)

// rivals maps what is known to disturb to what it does.
var rivals = map[string]string{
	"tuned": tunes, "tuned-ppd": governs, "power-profiles-daemon": governs, "auto-cpufreq": governs, "tlp": governs, "cpupower": governs,
	"cpufreqd": governs, "system76-power": governs, "gamemoded": governs, "thermald": throttle, "intel_lpmd": "it moves work between cpus to save power",
	"perflock": "it holds the machine for other measurements", "cset": moves,
	"hyperfine": measures, "perf": measures, "bencher": measures, "krun": measures, "krun.py": measures,
}

// The kernel keeps so much of a program's name (proc_pid_comm(5)).
const commLength = 15

// byComm maps what /proc shows to the keys of rivals.
var byComm = func() map[string]string {
	names := map[string]string{}
	for name := range rivals {
		names[name[:min(commLength, len(name))]] = name
	}
	return names
}()

// Rivals lists what runs now and would work against a run, by process. Anybody
// can take such a name: it is a reason to look, not a proof.
func Rivals(root string) (list []Rival) {
	for _, pid := range processes(root) {
		if name, known := byComm[read(root, path.Join("proc", strconv.Itoa(pid), "comm"))]; known {
			list = append(list, Rival{name, pid, rivals[name]})
		}
	}
	return list
}
