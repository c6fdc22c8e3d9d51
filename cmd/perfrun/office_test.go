package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/tunnel/units"
)

// places are three hosts in network namespaces of their own: an office with a box
// that nobody can reach, a relay that everybody can, and a laptop. Between them are
// real links, real sshds and a real autossh, set up by what perfrun prints.
type places struct {
	*world
	name   string // that begins those of the namespaces
	engine string // that the box measures with
}

// The addresses are those for documentation (RFC 5737).
const (
	relayOfOffice = "192.0.2.1"
	relayOfLaptop = "192.0.2.5"
)

func newPlaces(t *testing.T, engine string) *places {
	t.Helper()
	p := &places{world: newWorld(t), name: fmt.Sprintf("pf%d", os.Getpid()), engine: engine}
	for _, host := range []string{"office", "relay", "laptop"} {
		p.host("ip", "netns", "add", p.ns(host))
		t.Cleanup(func() {
			p.end(host)
			_ = exec.Command("ip", "netns", "del", p.ns(host)).Run()
		})
		p.in(host, "ip", "link", "set", "lo", "up")
	}
	p.link("office", relayOfOffice, "192.0.2.2")
	p.link("laptop", relayOfLaptop, "192.0.2.6")
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"relay", "office", "tunnel", "ci"} {
		p.host("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", p.path(key))
	}
	p.box()
	return p
}

func (p *places) ns(host string) string   { return p.name + host }
func (p *places) path(name string) string { return filepath.Join(p.dir, name) }

func (p *places) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.path(name))
	p.must(err)
	return strings.TrimSpace(string(text))
}

func (p *places) write(name, text string) string {
	p.t.Helper()
	p.must(os.WriteFile(p.path(name), []byte(text), 0o600))
	return p.path(name)
}

func (p *places) host(args ...string) {
	p.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		p.t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

// in runs a command on a host.
func (p *places) in(host string, args ...string) {
	p.t.Helper()
	p.host(append([]string{"ip", "netns", "exec", p.ns(host)}, args...)...)
}

// start starts something that stays, on a host whose /etc/ssh is the test's.
func (p *places) start(host string, env []string, args ...string) {
	p.t.Helper()
	prefix := p.prefix(host)
	cmd := exec.Command(prefix[0], append(prefix[1:], args...)...)
	log, err := os.OpenFile(p.path(host+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	p.must(err)
	defer log.Close()
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.repo, append(append([]string{}, p.env...), env...), log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	p.must(cmd.Start())
	go func() { _ = cmd.Wait() }()
}

// prefix runs a command on a host whose /etc/ssh is the test's.
func (p *places) prefix(host string) []string {
	script := fmt.Sprintf("mount --bind %s /etc/ssh && exec \"$@\"", p.path(host+".etc"))
	return []string{"ip", "netns", "exec", p.ns(host), "unshare", "-m", "sh", "-c", script, "sh"}
}

// end kills everything on a host, as a power cut does.
func (p *places) end(host string) {
	out, _ := exec.Command("ip", "netns", "pids", p.ns(host)).Output()
	for _, pid := range strings.Fields(string(out)) {
		_ = exec.Command("kill", "-9", pid).Run()
	}
}

// link joins a host with the relay.
func (p *places) link(host, relay, own string) {
	p.t.Helper()
	near, far := p.name+host[:1], p.name+"r"+host[:1]
	p.host("ip", "link", "add", near, "netns", p.ns(host), "type", "veth", "peer", "name", far, "netns", p.ns("relay"))
	for _, end := range [][3]string{{host, near, own}, {"relay", far, relay}} {
		p.in(end[0], "ip", "addr", "add", end[2]+"/30", "dev", end[1])
		p.in(end[0], "ip", "link", "set", end[1], "up")
	}
}

// silence drops all packets between a host and the relay, or lets them through again.
func (p *places) silence(host string, on bool) {
	p.t.Helper()
	if !on {
		p.in("relay", "nft", "flush", "ruleset")
		return
	}
	rule := fmt.Sprintf("table inet cut { chain in { type filter hook input priority 0; iifname %q drop; }; chain out { type filter hook output priority 0; oifname %q drop; }; }",
		p.name+"r"+host[:1], p.name+"r"+host[:1])
	p.in("relay", "nft", rule)
}

// options are those of the units for these places.
func (p *places) options() units.Options {
	return units.Options{
		Relay: relayOfOffice, RelayUser: "root", RelaySSH: 22, RelayPort: 2222,
		Key: p.path("tunnel"), Hosts: p.path("relay_known_hosts"), User: "root", Keys: p.path("ci_keys"),
	}
}

// box writes what each host is configured with.
func (p *places) box() {
	p.t.Helper()
	o := p.options()
	sshd := func(host, keys, settings string) {
		etc := p.path(host + ".etc")
		p.must(os.MkdirAll(etc, 0o755))
		for _, end := range []string{"", ".pub"} {
			text, err := os.ReadFile(p.path(host + end))
			p.must(err)
			p.must(os.WriteFile(filepath.Join(etc, "ssh_host_ed25519_key"+end), text, 0o600))
		}
		p.must(os.WriteFile(filepath.Join(etc, "sshd_config"), []byte("HostKey /etc/ssh/ssh_host_ed25519_key\nAuthorizedKeysFile "+keys+
			"\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPidFile none\nLogLevel VERBOSE\n"+settings), 0o600))
	}
	sshd("relay", p.write("relay_keys", units.RelayKey(o, p.read("tunnel.pub"))+"\n"), units.RelaySSHD(o).Text)
	sshd("office", o.Keys, units.BoxSSHD(o).Text)
	p.must(os.MkdirAll(p.path("laptop.etc"), 0o755))
	p.write("relay_known_hosts", relayOfOffice+" "+p.read("relay.pub")+"\n")
	p.write("laptop_known_hosts", "["+relayOfLaptop+"]:2222 "+p.read("office.pub")+"\n")
	p.commit("one", "perf.yml", servedSuite, "nap", "#!/bin/sh\n:\n")
	config := p.write("perfrun.yml", fmt.Sprintf("host_class: office\nstate: %s/state\nquiet: none\ngate: {timers: 0s, busy: 99%%}\nbox: {socket: %s/s, keys: %s, reserve: 1MiB}\nrelay: {host: %s, user: root}\n"+
		"repositories:\n  project: {url: \"file://%s\"}\n", p.dir, p.dir, o.Keys, relayOfOffice, p.repo))
	p.env = append(p.env, "PERFRUN_CONFIG="+config, "XDG_CONFIG_HOME="+p.dir)
	var with string
	for _, variable := range p.env {
		if strings.HasPrefix(variable, "PERFRUN_") {
			with += variable + " "
		}
	}
	p.write("ci_keys", fmt.Sprintf("restrict,command=\"env %s%s dial-stdio --as ci --role admin\" %s\n", with, program, p.read("ci.pub")))
	p.start("office", nil, program, "serve", "--engine", p.engine)
	p.start("office", nil, "/usr/sbin/sshd", "-D", "-e")
	p.relay()
	p.start("office", []string{"AUTOSSH_GATETIME=0", "AUTOSSH_POLL=30"}, append([]string{"autossh"}, units.Arguments(o)...)...)
}

// relay starts the relay's sshd, as its boot does.
func (p *places) relay() { p.start("relay", nil, "/usr/sbin/sshd", "-D", "-e") }

// fromLaptop calls perfrun on the laptop.
func (p *places) fromLaptop(args ...string) result {
	p.t.Helper()
	return p.on("laptop", p.reach(), args...)
}

// reach is what leads from the laptop to the box.
func (p *places) reach() []string {
	p.t.Helper()
	ssh := p.path("laptop_ssh")
	p.must(os.WriteFile(ssh, []byte("#!/bin/sh\nexec ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=2 -o UserKnownHostsFile="+
		p.path("laptop_known_hosts")+" -i "+p.path("ci")+" \"$@\"\n"), 0o700))
	return []string{"PERFRUN_SSH=" + ssh, "PERFRUN_BOX=root@" + relayOfLaptop + ":2222"}
}

// on calls perfrun on a host.
func (p *places) on(host string, env []string, args ...string) result {
	p.t.Helper()
	var stdout, stderr strings.Builder
	prefix := append(p.prefix(host), program)
	cmd := exec.Command(prefix[0], append(prefix[1:], args...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.repo, append(append([]string{}, p.env...), env...), &stdout, &stderr
	_ = cmd.Run()
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// status waits until the tunnel is said to be so, as the office and the laptop see
// it, and returns how long that took.
func (p *places) status(host, want string) time.Duration {
	p.t.Helper()
	begun := time.Now()
	var last result
	for time.Since(begun) < 5*time.Minute { // a bound against hanging: how long it takes is told, not judged
		if host == "laptop" {
			last = p.fromLaptop("tunnel", "status")
		} else {
			last = p.on(host, []string{"PERFRUN_BOX=none"}, "tunnel", "status")
		}
		if strings.Contains(last.stdout, want) {
			return time.Since(begun)
		}
		time.Sleep(time.Second)
	}
	text, _ := os.ReadFile(p.path("office.log"))
	p.t.Fatalf("from the %s the tunnel is %q %q, want %q\n%s", host, last.stdout, last.stderr, want, text[max(len(text)-3000, 0):])
	return 0
}

// TestThreePlaces cuts the links between them in every way, while orders are sent.
func TestThreePlaces(t *testing.T) {
	p := newPlaces(t, "host")
	t.Logf("first up after %s", p.status("office", "leads to this box"))
	if r := p.fromLaptop("queue", "pause"); r.code != exitOK {
		t.Fatalf("exit %d: %s", r.code, r.stderr)
	}
	sent := 0
	during := func(what string, cut, mend func(), seen string) {
		t.Helper()
		cut()
		ordered := make(chan result)
		id := fmt.Sprintf("during%d", sent)
		go func() {
			ordered <- p.fromLaptop("submit", "--id", id, "--head", "main", "--base", "main", "--rounds", fmt.Sprint(10+sent))
		}()
		noticed := p.status("laptop", seen)
		mend()
		back := p.status("office", "leads to this box")
		r := <-ordered
		for r.code == exitUnreachable { // its patience may have ended: the same order again
			r = p.fromLaptop("submit", "--id", id, "--head", "main", "--base", "main", "--rounds", fmt.Sprint(10+sent))
		}
		if r.code != exitOK {
			t.Errorf("%s: submit: exit %d: %s", what, r.code, r.stderr)
		}
		sent++
		t.Logf("%s: noticed after %s, back %s after it was mended", what, noticed.Round(time.Second), back.Round(time.Second))
	}
	during("packets to the office are dropped", func() { p.silence("office", true) }, func() { p.silence("office", false) }, "says nothing")
	during("packets to the laptop are dropped", func() { p.silence("laptop", true) }, func() { p.silence("laptop", false) }, "cannot be reached")
	during("the relay is off", func() { p.end("relay") }, p.relay, "nothing listens")
	during("the relay is off, and another program has the port for a while", func() {
		p.end("relay")
		p.start("relay", nil, "sh", "-c", "exec busybox nc -ll -p 2222 -e /bin/true || exec nc -lk 2222")
		p.relay()
	}, func() { p.end("relay"); p.relay() }, "down")

	view := p.fromLaptop("queue", "--json")
	if n := strings.Count(view.stdout, `"id": "during`); n != sent || sent != 4 {
		t.Errorf("%d orders were sent, %d wait:\n%s", sent, n, view.stdout)
	}
	if r := p.fromLaptop("tunnel", "status"); !strings.Contains(r.stdout, "cut on") {
		t.Errorf("the status tells of no cut:\n%s%s", r.stdout, r.stderr)
	}
}
