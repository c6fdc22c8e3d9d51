package doctor

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/gate"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/results"
)

// Now says what is going on at this moment: what the gate would wait for or
// refuse, and who works against a run. It takes a second, to see who is busy.
func Now(m gate.Machine, l gate.Limits, holders []lock.Holder, sleep func(time.Duration)) (list []results.Finding) {
	before := gate.ReadUsage(m.Root)
	sleep(time.Second)
	list = append(list, busy(gate.ReadUsage(m.Root).Since(before), l), power(m.Root))
	if heat, ok := gate.Temperature(m.Root); ok {
		list = append(list, fact("temperature", fmt.Sprintf("%.1f C at the hottest sensor", heat)))
	}
	list = append(list, disks(m, l)...)
	list = append(list, timers(m, l), rivals(m.Root), held(holders, m.Now()))
	for i := range list {
		list[i].Topic = "now"
	}
	return list
}

func busy(b gate.Busy, l gate.Limits) results.Finding {
	f := results.Finding{Name: "busy", Grade: results.GradeGood, Is: fmt.Sprintf("%.0f %% of all cpus", 100*b.Share)}
	if !b.Known {
		f.Grade, f.Is = results.GradePoor, "unknown: /proc/stat cannot be read"
		f.Cost, f.Mend = "nobody can tell whether the machine is idle", "run perfrun where /proc is the machine's own"
		return f
	}
	if b.Share > l.Busy {
		f.Grade = results.GradePoor
		if b.Part > b.Share/3 {
			f.Is += fmt.Sprintf(", %.0f %% by %s (process %d)", 100*b.Part, strconv.Quote(b.Name), b.PID)
		} else {
			f.Is += ", by many programs or by some that came and went"
		}
		f.Cost, f.Mend = "a run that isolates waits until it is over", "end it, or let it end"
	}
	return f
}

func power(root string) results.Finding {
	if gate.OnBattery(root) {
		return results.Finding{
			Name: "power", Grade: results.GradeBad, Is: "on battery", Cost: "processors are slowed down; runs that isolate are refused", Mend: "plug it in",
		}
	}
	return results.Finding{Name: "power", Grade: results.GradeGood, Is: "mains"}
}

func disks(m gate.Machine, l gate.Limits) (list []results.Finding) {
	for _, folder := range m.Folders {
		free, err := gate.Free(folder)
		f := results.Finding{Name: "disk", Grade: results.GradeGood, Is: fmt.Sprintf("%.1f GiB free for %s", float64(free)/(1<<30), folder)}
		switch {
		case err != nil:
			f.Grade, f.Is = results.GradePoor, err.Error()
			f.Cost, f.Mend = "runs that isolate are refused", "give perfrun a folder that it can write to"
		case free < l.Free:
			f.Grade, f.Cost, f.Mend = results.GradeBad, "runs that isolate are refused", "make room: docker system prune, or delete perfrun's cache folder"
		}
		list = append(list, f)
	}
	return list
}

func timers(m gate.Machine, l gate.Limits) results.Finding {
	f := results.Finding{Name: "timers", Grade: results.GradeFact, Is: "systemd does not run here"}
	if m.Systemctl == nil {
		return f
	}
	list := gate.Timers(m.Systemctl)
	if len(list) == 0 {
		f.Grade, f.Is = results.GradeGood, "none that does heavy work is due"
		return f
	}
	next := list[0]
	f.Grade, f.Is = results.GradeGood, fmt.Sprintf("next is %s at %s", next.Unit, next.Next.Format("2006-01-02 15:04 MST"))
	if next.Due(m.Now(), l.Timers) {
		f.Grade, f.Cost, f.Mend = results.GradeBad, "runs that isolate are refused until it is over", "hold it off: systemctl stop "+next.Unit
	}
	return f
}

func rivals(root string) results.Finding {
	list := gate.Rivals(root)
	if len(list) == 0 {
		return results.Finding{Name: "rivals", Grade: results.GradeGood, Is: "nothing else tunes or measures here"}
	}
	var names, reasons []string
	for _, r := range list {
		names = append(names, fmt.Sprintf("%s (process %d)", r.Name, r.PID))
		reasons = append(reasons, r.Name+": "+r.Why)
	}
	return results.Finding{
		Name: "rivals", Grade: results.GradePoor, Is: strings.Join(names, ", "),
		Cost: strings.Join(reasons, "; "), Mend: "stop it while perfrun measures; a knob that it changes meanwhile quarantines the run",
	}
}

func held(holders []lock.Holder, now time.Time) results.Finding {
	if len(holders) == 0 {
		return results.Finding{Name: "lock", Grade: results.GradeGood, Is: "the machine is free"}
	}
	var names []string
	for _, h := range holders {
		names = append(names, h.String()+h.Age(now))
	}
	return results.Finding{Name: "lock", Grade: results.GradeFact, Is: "taken by " + strings.Join(names, "; ")}
}
