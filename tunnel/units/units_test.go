package units

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

func example() Options {
	return Options{
		Program: "/usr/bin/perfrun", Database: "/var/lib/perfrun/perfrun.db", Cache: "/var/cache/perfrun", Backups: "/var/lib/perfrun/backups",
		User: "perfrun-ssh", Keys: "/var/lib/perfrun-ssh/.ssh/authorized_keys",
		Relay: "relay.example.com", RelayUser: "box", RelaySSH: 22, RelayPort: 2222, Key: "/etc/perfrun/keys/tunnel", Hosts: "/etc/perfrun/keys/relay_known_hosts",
	}
}

func all(o Options) []File {
	return append([]File{Daemon(o), Restore(o), Tunnel(o), BoxSSHD(o), RelaySSHD(o)}, Backup(o)...)
}

func TestGolden(t *testing.T) {
	for _, file := range all(example()) {
		path := filepath.Join("testdata", filepath.Base(file.Path))
		if *update {
			if err := os.WriteFile(path, []byte(file.Text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), file.Text); diff != "" {
			t.Errorf("%s (-golden +now):\n%s", file.Path, diff)
		}
	}
}

// TestSSHDTakesThem asks the real sshd and the real ssh whether they understand.
func TestSSHDTakesThem(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "host")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	check := func(file File, user string, want ...string) {
		t.Helper()
		path := filepath.Join(dir, "sshd_config")
		text := "HostKey " + key + "\n" + file.Text
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("/usr/sbin/sshd", "-T", "-f", path, "-C", "user="+user+",host=h,addr=192.0.2.1").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", file.Path, err, out)
		}
		for _, line := range want {
			if !strings.Contains("\n"+string(out), "\n"+line+"\n") {
				t.Errorf("%s for %s: no %q in\n%s", file.Path, user, line, out)
			}
		}
	}
	o := example()
	check(BoxSSHD(o), "perfrun-ssh", "permittty no", "allowtcpforwarding no", "authorizedkeysfile "+o.Keys, "clientaliveinterval 10", "permituserrc no")
	check(BoxSSHD(o), "somebody", "permittty yes", "allowtcpforwarding yes")
	check(RelaySSHD(o), "box", "allowtcpforwarding remote", "permitlisten *:2222", "gatewayports clientspecified", "clientalivecountmax 3", "forcecommand /usr/bin/false")
	check(RelaySSHD(o), "somebody", "gatewayports no")

	args := Arguments(o)[2:] // -M is autossh's own
	out, err := exec.Command("ssh", append([]string{"-G"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range []string{"exitonforwardfailure yes", "serveraliveinterval 10", "stricthostkeychecking true", "batchmode yes", "user box", "hostname relay.example.com"} {
		if !strings.Contains(string(out), line+"\n") {
			t.Errorf("ssh does not say %q:\n%s", line, out)
		}
	}
}

// TestSystemdTakesThem asks systemd itself. Programs that are named must be there, so
// perfrun is taken for true.
func TestSystemdTakesThem(t *testing.T) {
	dir := t.TempDir()
	o := example()
	o.Program = "/bin/true"
	var paths []string
	for _, file := range all(o) {
		if !strings.HasPrefix(file.Path, systemd) {
			continue
		}
		path := filepath.Join(dir, filepath.Base(file.Path))
		if err := os.WriteFile(path, []byte(file.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	out, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, paths...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) || strings.Contains(line, "perfrun") {
			t.Errorf("%s", line)
		}
	}
	if len(paths) != 5 || err != nil && len(out) == 0 {
		t.Errorf("%d units, %v", len(paths), err)
	}
}

func TestNoSecondSetting(t *testing.T) {
	check := func(where string, spoil func(*Options)) {
		t.Helper()
		o := example()
		spoil(&o)
		problem, ok := errors.AsType[*results.Problem](o.Check())
		if !ok || problem.Where != where {
			t.Errorf("%s: %v", where, o.Check())
		}
	}
	for _, bad := range []string{"", "a b", "a\nExecStart=/bin/sh", "-oProxyCommand=x", "a%h", `a"b`, "a;b", "$(x)", "é"} {
		if bad != "" { // without a relay there is no tunnel
			check("relay.host", func(o *Options) { o.Relay = bad })
		}
		check("box.user", func(o *Options) { o.User = bad })
		check("database", func(o *Options) { o.Database = bad })
	}
	check("relay.port", func(o *Options) { o.RelayPort = 0 })
	check("relay.ssh_port", func(o *Options) { o.RelaySSH = 65536 })
	if err := example().Check(); err != nil {
		t.Error(err)
	}
}
