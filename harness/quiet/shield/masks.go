package shield

import (
	"path/filepath"

	"github.com/prometheus/procfs"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
)

// Flags of a thread (include/linux/sched.h).
const (
	kernelThread = 0x00200000 // PF_KTHREAD: some can be moved, new ones appear at any time
	noAffinity   = 0x04000000 // PF_NO_SETAFFINITY: bound to its CPU
)

// NoteMasks writes down the CPU masks of all threads that a shield will make the
// kernel forget. Before 6.2 a thread gets all CPUs that are left while others are
// taken, and afterwards all that are online at that moment: with the leaving ones,
// hyperthreads that are offline by then, missing. It must be called before any CPU
// goes offline.
func NoteMasks(j *journal.Journal, root string, leaving cpuset.Set) error {
	online, err := onlineCPUs(root)
	if err != nil {
		return err
	}
	after := online.Minus(leaving)
	var list []journal.Change
	for _, tid := range threads(root) {
		mask, err := affinity.Of(tid)
		if err != nil || mask.Minus(mask.Minus(online)).Equal(after) || flags(root, tid)&noAffinity != 0 {
			continue
		}
		if thread, err := setting.FindThread(root, tid); err == nil {
			list = append(list, journal.Change{Target: thread.String(), Old: mask.String(), New: after.String()})
		}
	}
	return j.Note(setting.Affinity{}, list)
}

func onlineCPUs(root string) (cpuset.Set, error) {
	text, err := setting.File{Root: root}.Read("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	return cpuset.Parse(text)
}

// threads lists every thread of the machine; those that come and go meanwhile are
// missed, and inherit what their parents have.
func threads(root string) (tids []int) {
	proc, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return nil
	}
	processes, err := proc.AllProcs()
	if err != nil {
		return nil
	}
	for _, process := range processes {
		list, _ := proc.AllThreads(process.PID)
		for _, thread := range list {
			tids = append(tids, thread.PID)
		}
	}
	return tids
}

// flags returns a thread's flags; one that is gone counts as a kernel thread that
// is bound, which nobody needs to care for.
func flags(root string, tid int) uint {
	const ended = kernelThread | noAffinity
	proc, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return ended
	}
	process, err := proc.Proc(tid)
	if err != nil {
		return ended
	}
	stat, err := process.Stat()
	if err != nil {
		return ended
	}
	return stat.Flags
}
