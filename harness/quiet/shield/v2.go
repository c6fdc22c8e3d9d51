package shield

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// top is where cgroup v2 is mounted.
const top = "/sys/fs/cgroup"

// unifiedWays lists what cgroup v2 can do, the strongest first. Inside an isolated
// partition nothing is balanced, so that threads of one benchmark would pile up
// on one CPU.
func (r Request) unifiedWays(j *journal.Journal) []way {
	var list []way
	if !r.Balanced {
		list = append(list, way{results.ShieldIsolated, func() (*Shield, error) { return r.partition(j, "isolated") }})
	}
	list = append(list, way{results.ShieldRoot, func() (*Shield, error) { return r.partition(j, "root") }})
	if r.Systemctl != nil {
		list = append(list, way{results.ShieldSlices, func() (*Shield, error) { return r.slices(j) }})
	}
	return list
}

// partition makes the slice and turns it into a partition root
// (Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.partition).
func (r Request) partition(j *journal.Journal, kind string) (*Shield, error) {
	if err := r.makeSlice(j); err != nil {
		return nil, err
	}
	if err := r.narrow(j); err != nil {
		return nil, err
	}
	file, target := setting.File{Root: r.Root}, top+"/"+Slice+"/cpuset.cpus.partition"
	if _, err := j.Set(file, target, kind); err != nil {
		return nil, err
	}
	if err := j.Seen(setting.Affinity{}); err != nil {
		return nil, err
	}
	return &Shield{procs: r.procs(), verify: func() error {
		now, err := file.Read(target)
		if err == nil && now != kind {
			err = fmt.Errorf("%s reads %q and should read %q", target, now, kind)
		}
		if err == nil {
			err = r.stillTaken(file)
		}
		return err
	}}, nil
}

// stillTaken checks that the partition has the CPUs that it was given: with its
// last CPU offline its tasks run on everybody's.
func (r Request) stillTaken(file setting.File) error {
	const target = top + "/" + Slice + "/cpuset.cpus.effective"
	now, err := file.Read(target)
	if err != nil {
		return err
	}
	set, err := cpuset.Parse(now)
	if err == nil && !set.Equal(r.CPUs) {
		err = fmt.Errorf("%s reads %s and should read %s", target, now, r.CPUs)
	}
	return err
}

func (r Request) procs() string { return filepath.Join(r.Root, top, Slice, "cgroup.procs") }

// makeSlice makes the cgroup and gives it its CPUs: by systemd where it runs,
// which would else undo it at its next reload.
func (r Request) makeSlice(j *journal.Journal) error {
	file := setting.File{Root: r.Root}
	if err := r.enableController(j, file); err != nil {
		return err
	}
	if r.Systemctl == nil {
		if _, err := j.Set(setting.Folder{Root: r.Root}, top+"/"+Slice, setting.Present); err != nil {
			return err
		}
	} else {
		if _, err := j.Set(setting.Service{Run: r.Systemctl}, Slice, setting.Active); err != nil {
			return err
		}
		if _, err := j.Set(setting.AllowedCPUs{Root: r.Root, Run: r.Systemctl}, Slice, r.CPUs.String()); err != nil {
			return err
		}
	}
	// The file goes with the slice and needs no journal.
	return file.Write(top+"/"+Slice+"/cpuset.cpus", r.CPUs.String())
}

// enableController gives cgroups below the top a say about CPUs.
func (r Request) enableController(j *journal.Journal, file setting.File) error {
	const control = top + "/cgroup.subtree_control"
	now, err := file.Read(control)
	if err != nil || strings.Contains(" "+now+" ", " cpuset ") {
		return err
	}
	_, err = j.Set(file, control, strings.TrimSpace(now+" cpuset"))
	return err
}

// narrow takes the CPUs out of whatever other cgroup has them by name: a
// partition needs them for itself.
func (r Request) narrow(j *journal.Journal) error {
	file := setting.File{Root: r.Root}
	for _, group := range r.groups() {
		target := top + "/" + group + "/cpuset.cpus"
		now, err := file.Read(target)
		set, parseErr := cpuset.Parse(now)
		if err != nil || parseErr != nil || group == Slice || len(set.Minus(r.CPUs)) == len(set) {
			continue
		}
		rest := set.Minus(r.CPUs)
		if len(rest) == 0 {
			return fmt.Errorf("cgroup %q has cpus %s and none but those", group, set)
		}
		if _, err := j.Set(file, target, rest.String()); err != nil {
			return fmt.Errorf("take cpus from cgroup %q: %w", group, err)
		}
	}
	return nil
}

// groups lists the cgroups right below the top.
func (r Request) groups() (names []string) {
	entries, _ := os.ReadDir(filepath.Join(r.Root, top))
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// systemdUnits hold everything that systemd starts.
var systemdUnits = []string{"init.scope", "system.slice", "user.slice", "machine.slice"}

// confineSlices keeps systemd's units to the other CPUs. Beside a partition that is
// not needed, because the kernel does it.
func (r Request) confineSlices(j *journal.Journal) error {
	property := setting.AllowedCPUs{Root: r.Root, Run: r.Systemctl}
	for _, unit := range systemdUnits {
		if _, err := os.Stat(filepath.Join(r.Root, top, unit)); err != nil {
			continue
		}
		if _, err := j.Set(property, unit, r.Others.String()); err != nil {
			return fmt.Errorf("keep %s to cpus %s: %w", unit, r.Others, err)
		}
	}
	return nil
}

// slices is the way without a partition: everything that systemd started is kept
// off the CPUs, and our slice has them.
func (r Request) slices(j *journal.Journal) (*Shield, error) {
	if err := r.makeSlice(j); err != nil {
		return nil, err
	}
	if err := r.confineSlices(j); err != nil {
		return nil, err
	}
	file := setting.File{Root: r.Root}
	return &Shield{procs: r.procs(), verify: func() error {
		for _, unit := range systemdUnits {
			target := top + "/" + unit + "/cpuset.cpus.effective"
			now, err := file.Read(target)
			set, parseErr := cpuset.Parse(now)
			if err == nil && parseErr == nil && len(set.Minus(r.CPUs)) < len(set) {
				return fmt.Errorf("%s may use cpus %s again", unit, set)
			}
		}
		return r.stillTaken(file)
	}}, nil
}
