package doctor

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/harness/quiet/shield"
	"mtrlz.dev/perfrun/results"
)

// Knobs says how each knob stands. At a level that sets them, what is not as it
// should be is only what cannot be set.
func Knobs(states []quiet.State, level results.Level, root bool) (list []results.Finding) {
	for _, s := range states {
		f := results.Finding{Topic: "knobs", Name: s.Name, Is: s.Is, Want: s.Want}
		switch {
		case s.Outcome == results.KnobUnsupported:
			f.Grade, f.Is, f.Want = results.GradeFact, s.Detail, ""
		case s.Outcome == results.KnobAlready:
			f.Grade = results.GradeGood
		case level == results.LevelIsolate && root:
			f.Grade, f.Is, f.Want = results.GradeGood, fmt.Sprintf("%s; a run sets it to %s and puts it back", s.Is, s.Want), ""
		default:
			f.Grade, f.Cost, f.Mend = results.GradePoor, s.Why, "sudo perfrun run --quiet isolate"
		}
		list = append(list, f)
	}
	return list
}

// Isolation says how far other programs can be kept away, and why not further.
func Isolation(rootDir string, layout host.Layout, level results.Level, uid int) []results.Finding {
	f := results.Finding{Topic: "isolation", Name: "cpus", Grade: results.GradeGood}
	version := shield.Version(rootDir)
	var missing []string
	if len(layout.Sampler.Minus(layout.Harness)) == 0 {
		missing = append(missing, "it takes three cores: for the benchmark, for the sampler, and for everybody else")
	}
	if version == "none" {
		missing = append(missing, "the cpuset controller is not mounted")
	}
	if uid != 0 {
		missing = append(missing, "it takes root")
	}
	switch {
	case len(missing) > 0:
		f.Grade, f.Is, f.Want = results.GradePoor, "benchmarks can be pinned, nothing more: "+strings.Join(missing, "; "), "isolated"
		f.Cost, f.Mend = "other programs run on the benchmark's cpus when they like", mendIsolation(missing, uid)
		if level == results.LevelIsolate {
			f.Grade = results.GradeBad
		}
	case version == "v2":
		f.Is = fmt.Sprintf("cpus %s can be taken from everybody by a cgroup v2 partition; the sampler gets %s, all others %s", layout.Bench, layout.Sampler, layout.Harness)
	default:
		f.Is = fmt.Sprintf("cpus %s can be taken by an exclusive cpuset (cgroup v1), if no other set insists on them", layout.Bench)
	}
	return []results.Finding{f, systemd(rootDir)}
}

func mendIsolation(missing []string, uid int) string {
	if len(missing) == 1 && uid != 0 {
		return "run perfrun by sudo"
	}
	return "a machine with more cores, cgroup v2 and root"
}

func systemd(root string) results.Finding {
	f := results.Finding{Topic: "isolation", Name: "systemd", Grade: results.GradeFact, Is: "does not run here: services are neither stopped nor confined"}
	if setting.HasSystemd(root) {
		f.Is = "runs here: its slices are kept off the benchmark's cpus"
	}
	return f
}

// Left says what an earlier perfrun has changed and not put back.
func Left(pending []journal.Change, err error) results.Finding {
	f := results.Finding{Topic: "isolation", Name: "journal", Grade: results.GradeGood, Is: "nothing is changed on this machine"}
	switch {
	case err != nil:
		f.Grade, f.Is = results.GradeBad, err.Error()
		f.Cost, f.Mend = "perfrun cannot know what to put back, and changes nothing", "look at the journal, then move it away"
	case len(pending) > 0:
		f.Grade, f.Is = results.GradePoor, fmt.Sprintf("%d settings are changed: by a run that is going on, or left by one that was killed", len(pending))
		f.Cost, f.Mend = "the machine is not as its owner set it up", "perfrun quiet restore (the next run does it, too)"
	}
	return f
}
