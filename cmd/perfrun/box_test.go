package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/guesttest"
	"mtrlz.dev/perfrun/results"
)

// boxConfig declares the guest a box. Under emulation everything is busy, and
// limits of time mean nothing.
const boxConfig = `quiet: isolate
gate: {busy: 90%, wait: 5m}
`

const boxSuite = `suite: box
image: {ref: "acme/box:20261123-120000"}
require: isolate
policy: {rounds: 3, warmups: 1, max_contaminated: 100%}
benchmarks:
  - {name: one, run: [/work, "300000"]}
  - {name: cold, run: [/work, "200000"], page_cache: cold}
`

const boxProgram = `#include <stdlib.h>
int main(int c, char **v) { volatile unsigned long x = 0; for (long n = atol(v[1]); n > 0; n--) x += n; return 0; }
`

// idleBalance keeps irqbalance running without moving anything by itself, which
// it does soon after it is started again.
const idleBalance = `[Service]
ExecStart=
ExecStart=/usr/sbin/irqbalance --foreground --interval=86400
`

// snapshot is a script that prints everything on the machine that perfrun could
// have changed.
const snapshot = `for f in /proc/sys/kernel/*watchdog /proc/sys/kernel/timer_migration /proc/sys/kernel/perf_event_max_sample_rate \
  /proc/irq/default_smp_affinity /proc/irq/*/smp_affinity_list /sys/kernel/mm/transparent_hugepage/khugepaged/defrag \
  /sys/devices/virtual/workqueue/cpumask /sys/fs/cgroup/*.slice/cpuset.cpus /sys/fs/cgroup/cpuset.cpus.effective; do
  echo "$f $(cat $f 2>/dev/null)"
done
ls -d /sys/fs/cgroup/*.slice /sys/fs/cgroup/perfrun* 2>/dev/null
systemctl is-active irqbalance perfrun.slice
ls /run/systemd/system.control 2>/dev/null
for p in 1 $(pgrep -x dockerd) $(pgrep -x containerd); do grep Cpus_allowed_list /proc/$p/status; done
docker ps -aq
true
`

// box is a guest with perfrun, an image and a repository in it.
type boxGuest struct {
	*guesttest.Machine
	t *testing.T
}

func newBox(t *testing.T, options guesttest.Options) boxGuest {
	t.Helper()
	b := boxGuest{guesttest.Box(t, options), t}
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ctx := t.Context()
	b.Copy(ctx, program, "/usr/local/bin/perfrun")
	b.Copy(ctx, put("perfrun.yml", boxConfig), "/etc/perfrun/perfrun.yml")
	b.Copy(ctx, put("perf.yml", boxSuite), "/root/repo/perf.yml")
	b.Copy(ctx, put("snapshot", snapshot), "/root/snapshot")
	b.Copy(ctx, put("idle.conf", idleBalance), "/etc/systemd/system/irqbalance.service.d/idle.conf")
	b.do("systemctl daemon-reload && systemctl restart irqbalance")
	work := filepath.Join(dir, "work")
	if out, err := exec.Command("gcc", "-O1", "-static", "-o", work, "-x", "c", put("work.c", boxProgram)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.Copy(ctx, work, "/root/image/work")
	b.do("mkdir /root/image/bin && cp /bin/busybox /root/image/bin/sh")
	b.do("tar -C /root/image -c . | docker import - acme/box:20261123-120000")
	b.do("cd /root/repo && git init -q -b main && git add . && git -c user.name=a -c user.email=a@b commit -qm box")
	return b
}

// do runs a command that must succeed.
func (b boxGuest) do(command string) string {
	b.t.Helper()
	out, err := b.Run(b.t.Context(), command)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// unchanged fails when the machine is not as it was.
func (b boxGuest) unchanged(what, before string) {
	b.t.Helper()
	if after := b.do("sh /root/snapshot"); after != before {
		b.t.Errorf("%s: the machine is not as it was:\n%s\nnow\n%s", what, before, after)
	}
	if status := b.do("perfrun quiet status"); !strings.Contains(status, "nothing is changed on this machine") {
		b.t.Errorf("%s: %s", what, status)
	}
}

// begin starts a long run in the background and waits until rounds are measured;
// it returns once the machine is isolated. A shell's own & would have the run ignore
// Ctrl-C.
func (b boxGuest) begin() {
	b.t.Helper()
	b.do(`cd /root/repo && rm -f /root/log && setsid -f sh -c 'echo $$ >/root/pid; exec perfrun run --base HEAD --rounds 100000 --fixed' >/root/log 2>&1 </dev/null
		for i in $(seq 600); do grep -q "^round 2 " /root/log && exit 0; sleep 0.5; done; cat /root/log; exit 1`)
	if pending := b.do("perfrun quiet status --json"); !strings.Contains(pending, "cpuset.cpus.partition") {
		b.t.Errorf("the partition is in no journal: %s", pending)
	}
}

// TestBox is a day in the life of a box: a whole Debian with systemd and Docker
// under the systemd driver, in which runs are made, killed and cut off.
func TestBox(t *testing.T) {
	t.Parallel()
	b := newBox(t, guesttest.Options{})
	// What Docker and systemd switch on at their first container stays.
	b.do("docker run --rm acme/box:20261123-120000 /work 1")
	before := b.do("sh /root/snapshot")

	if out, err := b.Run(t.Context(), "perfrun doctor"); err != nil || !strings.Contains(out, "reached and put back: isolated partition") ||
		!strings.Contains(out, "every thread of a real sampler was on cpus 3 or 2, and its benchmark on 3, as seen from the host") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	b.unchanged("doctor", before)

	b.do("cd /root/repo && perfrun run --base HEAD")
	b.isolated(b.record("latest"))
	b.unchanged("run", before)

	if out := b.do("cd /root/repo && perfrun calibrate --rounds 6"); !strings.Contains(out, "false alarms") {
		t.Errorf("calibrate: %s", out)
	}
	b.do("cd /root/repo && perfrun run --base HEAD")
	if run := b.record("latest").Run; len(run.Noise) == 0 || run.Noise[0].Run == "" {
		t.Errorf("the calibration is not used: %+v", run.Noise)
	}

	b.do("perfrun quiet apply >/root/applied && perfrun quiet restore")
	b.unchanged("quiet apply and restore", before)

	out, err := b.Run(t.Context(), `su nobody -s /bin/sh -c "HOME=/tmp perfrun quiet apply" 2>&1`)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitFailed || !strings.Contains(out, "isolating needs root") {
		t.Errorf("quiet apply by nobody: %v\n%s", err, out)
	}

	for _, signal := range []string{"INT", "TERM", "KILL"} {
		b.begin()
		b.do(fmt.Sprintf(`kill -%s $(cat /root/pid); for i in $(seq 240); do
			test -e /proc/$(cat /root/pid) || test -e /var/lib/perfrun/journal || exit 0; sleep 0.5; done; cat /root/log; exit 1`, signal))
		b.unchanged("signal "+signal, before)
	}

	// A rival takes one of the CPUs by name: isolation is lost, and the run says so.
	b.begin()
	b.do("mkdir /sys/fs/cgroup/rival && echo 3 >/sys/fs/cgroup/rival/cpuset.cpus; while test -e /proc/$(cat /root/pid); do sleep 0.5; done; rmdir /sys/fs/cgroup/rival")
	if run := b.record("latest").Run; run.State != results.Quarantined || !strings.Contains(run.Error, "isolated invalid") {
		t.Errorf("a run whose partition was broken is %s: %s", run.State, run.Error)
	}
	b.unchanged("rival", before)

	// Docker's other cgroup driver takes a path for a parent.
	b.do(`echo '{"exec-opts": ["native.cgroupdriver=cgroupfs"]}' >/etc/docker/daemon.json && systemctl restart docker && docker info | grep -q "Cgroup Driver: cgroupfs"`)
	before = b.do("sh /root/snapshot")
	b.do("cd /root/repo && perfrun run --base HEAD")
	b.isolated(b.record("latest"))
	b.unchanged("run under the cgroupfs driver", before)
}

// TestBoxCgroupV1 takes the CPUs with an exclusive cpuset, on a machine where
// Docker, systemd and everything else are moved aside and back.
func TestBoxCgroupV1(t *testing.T) {
	t.Parallel()
	b := newBox(t, guesttest.Options{CgroupV1: true})
	b.do("docker run --rm acme/box:20261123-120000 /work 1")
	const look = "sh /root/snapshot; find /sys/fs/cgroup -type d -name '*perfrun*'; cat /sys/fs/cgroup/cpuset/*/cpuset.cpus; true"
	before := b.do(look)
	b.do("cd /root/repo && perfrun run --base HEAD")
	if q := b.record("latest").Run.Quiet; q.Shield != results.ShieldExclusive {
		b.t.Errorf("quiet: %+v", q)
	}
	if after := b.do(look); before != after {
		t.Errorf("the machine is not as it was:\n%s\nnow\n%s", before, after)
	}
}

// TestBoxPowerCut cuts the power in the midst of a run.
func TestBoxPowerCut(t *testing.T) {
	t.Parallel()
	b := newBox(t, guesttest.Options{})
	b.begin()
	b.do("sync")
	b.PowerCut()
	b.Machine = guesttest.Box(t, guesttest.Options{Disk: b.Disk()})
	fresh := b.do("sh /root/snapshot")
	if active := b.do("systemctl is-active irqbalance"); active != "active\n" {
		t.Errorf("irqbalance is %s after the boot", active)
	}
	b.do("perfrun quiet restore")
	b.unchanged("restore after a power cut", fresh)
	b.do("cd /root/repo && perfrun run --base HEAD")
	if list := b.do("perfrun list"); !strings.Contains(list, "failed") || !strings.Contains(list, "done") {
		t.Errorf("runs:\n%s", list)
	}
}

// record reads a run back.
func (b boxGuest) record(ref string) (record results.Record) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.do("perfrun export "+ref+" --format json")), &record); err != nil {
		b.t.Fatal(err)
	}
	return record
}

// isolated looks at what a run of the box keeps about its quiet.
func (b boxGuest) isolated(record results.Record) {
	b.t.Helper()
	q := record.Run.Quiet
	if q.Reached != results.LevelIsolate || q.Shield != results.ShieldIsolated || len(q.Limits) == 0 {
		b.t.Errorf("quiet: %+v", q)
	}
	outcome := map[string]results.KnobOutcome{}
	for _, k := range q.Knobs {
		outcome[k.Name] = k.Outcome
	}
	for name, want := range map[string]results.KnobOutcome{
		"irqbalance": results.KnobApplied, "interrupts": results.KnobApplied, "workqueues": results.KnobApplied,
		"timer-migration": results.KnobApplied, "sleep-states": results.KnobApplied, "governor": results.KnobUnsupported,
	} {
		if outcome[name] != want {
			b.t.Errorf("knob %s is %s, want %s", name, outcome[name], want)
		}
	}
	for _, e := range record.Executions {
		if e.Witness == nil {
			b.t.Errorf("execution %d was not watched", e.Seq)
		}
	}
}
