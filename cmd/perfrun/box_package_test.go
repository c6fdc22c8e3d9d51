package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness/guesttest"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/units"
)

// relayAddress is where the guest finds its relay: an sshd of this machine, which
// the emulator starts for each connection.
const relayAddress = "10.0.2.100"

// office is a box in a guest with its tunnel to a relay on this machine.
type office struct {
	boxGuest
	dir     string // the relay's files
	port    int    // of the relay, that leads to the box
	options guesttest.Options
}

// keygen makes a key and returns its public half.
func (o *office) keygen(name string) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path).CombinedOutput(); err != nil {
		o.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (o *office) write(name, text string, mode os.FileMode) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// relay makes the relay's sshd, with the very settings that perfrun prints for it. It
// listens for the box on this machine alone.
func (o *office) relay() guesttest.Options {
	o.t.Helper()
	o.keygen("relay")
	settings := units.RelaySSHD(units.Options{RelayUser: "root", RelayPort: o.port})
	text := strings.Replace(settings.Text, "GatewayPorts clientspecified", "GatewayPorts no", 1)
	config := o.write("sshd_config", "HostKey "+filepath.Join(o.dir, "relay")+"\nAuthorizedKeysFile "+filepath.Join(o.dir, "authorized_keys")+
		"\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPidFile none\n"+text, 0o600)
	o.write("authorized_keys", "", 0o600)
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		o.t.Fatal(err)
	}
	sshd := o.write("relay-sshd", "#!/bin/sh\nexec /usr/sbin/sshd -i -e -f "+config+" 2>>"+filepath.Join(o.dir, "log")+"\n", 0o700)
	back := o.write("relay-port", fmt.Sprintf("#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/%d || exit\ncat <&3 &\ncat >&3\n", o.port), 0o700)
	return guesttest.Options{Reach: map[string]string{relayAddress + ":22": sshd, fmt.Sprintf("%s:%d", relayAddress, o.port): back}}
}

// newOffice boots a box, installs perfrun's package there, and brings the tunnel up as
// docs/BOX.md says.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{boxGuest: boxGuest{t: t}, dir: t.TempDir()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	o.options = o.relay()
	o.boxGuest = newBox(t, o.options)
	o.do("rm -r /usr/local/bin/perfrun /etc/perfrun")

	build := exec.Command("deploy/deb/build", "v0.0.1-test", program)
	build.Dir = "../.."
	out, err := build.Output()
	if err != nil {
		t.Fatalf("build the package: %v\n%s", err, out)
	}
	o.Copy(t.Context(), filepath.Join("../..", strings.TrimSpace(string(out))), "/root/perfrun.deb")
	if said := o.do("dpkg -i /root/perfrun.deb 2>&1"); !strings.Contains(said, "making user perfrun-ssh") || !strings.Contains(said, "enabling and starting perfrun.service") {
		t.Errorf("the package said:\n%s", said)
	}
	o.Copy(t.Context(), o.write("perfrun.yml", fmt.Sprintf("quiet: isolate\ngate: {busy: 90%%, wait: 5m, timers: 0s}\nbox: {run_as: perfrun-run, reserve: 1MiB}\n"+
		"relay: {host: %s, user: root, port: %d}\nrepositories:\n  box: {url: \"file:///root/repo\"}\n", relayAddress, o.port), 0o644), "/etc/perfrun/perfrun.yml")
	if said := o.do("perfrun box install 2>&1"); !strings.Contains(said, "the tunnel waits for three things") {
		t.Errorf("box install said:\n%s", said)
	}
	o.write("authorized_keys", units.RelayKey(units.Options{RelayPort: o.port}, strings.TrimSpace(o.do("cat /etc/perfrun/keys/tunnel.pub")))+"\n", 0o600)
	host, err := os.ReadFile(filepath.Join(o.dir, "relay.pub"))
	if err != nil {
		t.Fatal(err)
	}
	o.Copy(t.Context(), o.write("relay_known_hosts", relayAddress+" "+string(host), 0o644), "/etc/perfrun/keys/relay_known_hosts")
	o.do("perfrun box install && systemctl restart perfrun")
	return o
}

// up waits until the tunnel leads to the box, as the box itself finds.
func (o *office) up() {
	o.t.Helper()
	o.do(`for i in $(seq 60); do perfrun tunnel status && exit 0; sleep 2; done; journalctl -u perfrun-tunnel | tail; exit 1`)
}

// laptop returns a way to call perfrun from outside, with a key that the box lets in.
func (o *office) laptop(name, role string) func(args ...string) result {
	o.t.Helper()
	o.Copy(o.t.Context(), o.write(name+".pub.copy", o.keygen(name)+"\n", 0o644), "/root/"+name+".pub")
	o.do("perfrun access add " + name + " --key /root/" + name + ".pub --role " + role)
	key := strings.Join(strings.Fields(o.do("cat /etc/ssh/ssh_host_ed25519_key.pub"))[:2], " ")
	known := o.write("known_hosts", fmt.Sprintf("[127.0.0.1]:%d %s\n", o.port, key), 0o600)
	ssh := o.write(name+".ssh", "#!/bin/sh\nexec ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=60 -o UserKnownHostsFile="+known+" -i "+filepath.Join(o.dir, name)+" \"$@\"\n", 0o700)
	w := newWorld(o.t)
	w.env = append(w.env, "PERFRUN_SSH="+ssh, fmt.Sprintf("PERFRUN_BOX=perfrun-ssh@127.0.0.1:%d", o.port))
	return func(args ...string) result { o.t.Helper(); return w.perfrun(args...) }
}

// Suites that are long in one state: one builds for an hour, the other has many
// results to judge.
const (
	slowBuild = `suite: builds
image: {ref: "acme/box:20261123-120000"}
build: {run: "/work 99999999999999"}
benchmarks:
  - {name: one, run: [/work, "1"]}
`
	slowVerdict = `suite: judges
image: {ref: "acme/box:20261123-120000"}
policy: {rounds: 3, stop: fixed, warmups: 0, max_contaminated: 100%}
benchmarks:
  - name: many
    format: go
    run: [/bin/sh, -c, "i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo BenchmarkCase$i 1 $((1000+RANDOM%20)) ns/op; done"]
`
)

// commit adds files to the repository that the box measures.
func (o *office) commit(files map[string]string) {
	o.t.Helper()
	for name, text := range files {
		o.Copy(o.t.Context(), o.write(name, text, 0o644), "/root/repo/"+name)
	}
	o.do("cd /root/repo && git add . && git -c user.name=a -c user.email=a@b commit -qm more")
}

// crowd has a hundred people submit at once while a job is measured, and wants that none
// of them comes near its isolated CPU. All ask for the same, which is one run.
func (o *office) crowd(job string) {
	o.t.Helper()
	rounds := func() int {
		return strings.Count(o.do("perfrun logs "+job), "\nround ")
	}
	before := rounds()
	// What time means under emulation nobody knows, so the witness is asked for what the
	// kernel lets happen: where each of the crowd, and the daemon that answers it, may run.
	where := o.do(`allowed() { sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/$1/status; }
		for i in $(seq 100); do (allowed self; exec perfrun submit --id crowd$i --base main~1 --head main~1 >/dev/null 2>&1) & done
		for p in $(pgrep -f 'perfrun serve'); do allowed $p; done; wait`)
	if places := strings.Fields(where); len(places) < 101 || strings.Trim(strings.Join(places, ""), "0-1") != "" {
		o.t.Errorf("%d processes of the crowd may run on cpus %q, want more than 100 on 0-1 alone", len(places), places)
	}
	if audit := o.do("perfrun queue audit -n 500 --json"); strings.Count(audit, `"object": "crowd`) != 100 {
		o.t.Errorf("of 100 orders the audit has\n%s", audit)
	}
	if after := rounds(); after < before+3 {
		o.t.Errorf("the run stood still meanwhile: round %d, then %d", before, after)
	}
}

// cutIn takes the power away while a run is in a state.
func (o *office) cutIn(state results.State) {
	o.t.Helper()
	o.do(fmt.Sprintf(`for i in $(seq 900); do perfrun queue --json | grep -q '"run": "%s"' && exit 0; done; perfrun queue; journalctl -u perfrun | tail -30; exit 1`, state))
	o.cut()
}

// cut takes the power away, boots again, and looks whether the box is sound.
func (o *office) cut() {
	o.t.Helper()
	o.PowerCut()
	o.options.Disk = o.Disk()
	o.Machine = guesttest.Box(o.t, o.options)
	o.up()
	if findings := o.do("perfrun db check --db /var/lib/perfrun/perfrun.db"); !strings.Contains(findings, "sound") {
		o.t.Errorf("the database after a power cut: %s", findings)
	}
}

// TestBoxFromPackage is a box from nothing: our package on a Debian, a tunnel by
// autossh, a run that somebody orders through it, and power cuts.
func TestBoxFromPackage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.do("docker run --rm acme/box:20261123-120000 /work 1")
	o.up()
	ci := o.laptop("ci", "submitter")
	check := func(code int, want string, args ...string) result {
		t.Helper()
		r := ci(args...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, want) {
			t.Fatalf("perfrun %q: exit %d, want %d with %q\n%s%s\n%s", args, r.code, code, want, r.stdout, r.stderr, o.do("journalctl -u perfrun | tail -30"))
		}
		return r
	}
	before := o.do("sh /root/snapshot")
	check(exitOK, "is queued", "submit", "--id", "first", "--base", "main", "--head", "main")
	check(exitOK, "one", "wait", "first")
	if page := check(exitOK, "<!DOCTYPE html>", "report", "first", "-o", "-"); !strings.Contains(page.stdout, "isolated partition") {
		t.Error("the page does not say that the run was isolated")
	}
	o.unchanged("a run that was ordered", before)

	// The power goes while one is measured and another waits.
	o.do("sed -i 's/rounds: 3/rounds: 400/' /root/repo/perf.yml && git -C /root/repo -c user.name=a -c user.email=a@b commit -qam long")
	check(exitOK, "is queued", "submit", "--id", "long", "--base", "main", "--head", "main")
	check(exitOK, "is queued", "submit", "--id", "waits", "--base", "main~1", "--head", "main~1")
	for deadline := time.Now().Add(10 * time.Minute); !strings.Contains(ci("logs", "long").stdout, "round 2 of"); {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to measure:\n%s", ci("logs", "long").stdout)
		}
		time.Sleep(time.Second)
	}
	o.crowd("long")
	o.cut()
	audit := check(exitOK, "take up", "queue", "audit")
	if !strings.Contains(audit.stdout, "long") {
		t.Errorf("the audit:\n%s", audit.stdout)
	}
	check(exitOK, "", "cancel", "long")
	check(exitOK, "one", "wait", "waits")
	if samples := check(exitOK, "", "export", "long", "--format", "csv"); strings.Count(samples.stdout, "\n") < 4 {
		t.Errorf("what was acknowledged before the power cut:\n%s", samples.stdout)
	}

	// The power goes while a side is built, and while verdicts are computed.
	o.commit(map[string]string{"build.yml": slowBuild, "judge.yml": slowVerdict})
	check(exitOK, "is queued", "submit", "--id", "builds", "--base", "main", "--head", "main", "--suite", "build.yml")
	o.cutIn(results.Preparing)
	check(exitOK, "", "cancel", "builds")
	check(exitOK, "is queued", "submit", "--id", "judges", "--base", "main", "--head", "main", "--suite", "judge.yml")
	o.cutIn(results.Analysing)
	if samples := check(exitOK, "", "export", "judges", "--format", "csv"); strings.Count(samples.stdout, "\n") < 2*3*200 {
		t.Errorf("of what was acknowledged before the power cut %d lines are left", strings.Count(samples.stdout, "\n"))
	}
	check(exitOK, "", "wait", "judges")
	if status := o.do("perfrun quiet status"); !strings.Contains(status, "nothing is changed on this machine") {
		t.Errorf("after all: %s", status)
	}

	// A backup is restored as docs/BOX.md says.
	o.do(`systemctl start perfrun-backup && systemctl stop perfrun && backup=$(ls /var/lib/perfrun/backups/perfrun-*.db) && perfrun db check --db $backup &&
		rm -f /var/lib/perfrun/perfrun.db-wal /var/lib/perfrun/perfrun.db-shm && install -m 644 $backup /var/lib/perfrun/perfrun.db && systemctl start perfrun`)
	check(exitOK, "first", "list")

	// Docker is restarted under a run: the job says so, and the daemon goes on.
	check(exitOK, "is queued", "submit", "--id", "docker", "--base", "main", "--head", "main")
	for !strings.Contains(ci("logs", "docker").stdout, "round 2 of") {
		time.Sleep(time.Second)
	}
	o.do("systemctl restart docker")
	if r := ci("wait", "docker"); r.code != exitFailed || !strings.Contains(r.stderr, "job docker is failed") {
		t.Errorf("Docker was restarted: exit %d: %s", r.code, r.stderr)
	}
	check(exitFailed, "perfrun", "box", "status") // never calibrated

	if said := o.do("dpkg -r perfrun 2>&1"); !strings.Contains(said, "removing user perfrun-ssh") || !strings.Contains(said, "leaving /var/lib/perfrun as it is") {
		t.Errorf("removing the package said:\n%s", said)
	}
	o.do("test -e /var/lib/perfrun/perfrun.db && ! test -e /etc/systemd/system/perfrun.service && ! systemctl is-active perfrun && sshd -t && dpkg -P perfrun && ! test -e /var/lib/perfrun")
}
