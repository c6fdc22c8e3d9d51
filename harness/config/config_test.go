package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
)

const box = `host_class: office
quiet: isolate
require: pin
state: /srv/perfrun/
knobs:
  aslr: off
  thp: madvise
  skip: [swap, turbo]
  require: [governor]
gate: {busy: 1.5%, wait: 1h, free: 20GB, timers: 0s, cooling: 0.5}
`

func TestParse(t *testing.T) {
	check := func(text string, change func(*Config)) {
		t.Helper()
		want := Default()
		change(&want)
		got, err := parse("p", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", text, diff)
		}
	}
	check("", func(*Config) {})
	check("# nothing said\n", func(*Config) {})
	check("quiet: isolate\n", func(c *Config) { c.Quiet = results.LevelIsolate })
	check("gate: {busy: 50%}\n", func(c *Config) { c.Gate.Busy = 0.5 })
	check("knobs: {skip: []}\n", func(*Config) {})
	check("repositories: {db: {url: 'git@git.example.com:acme/db.git', key: /k, known_hosts: /h, networks: [none, host]}, x: {url: 'file:///srv/x'}}", func(c *Config) {
		c.Repositories = map[string]Repository{
			"db": {URL: "git@git.example.com:acme/db.git", Key: "/k", KnownHosts: "/h", Networks: []string{"none", "host"}},
			"x":  {URL: "file:///srv/x", Networks: []string{"none"}},
		}
	})
	check("relay: {host: relay.example.com, ssh_port: 2200, user: office, port: 2223}", func(c *Config) {
		c.Relay = Relay{Host: "relay.example.com", SSHPort: 2200, User: "office", Port: 2223}
	})
	check("web: {listen: '127.0.0.1:7878', name: Acme DB, commits: 'https://git.example.com/db/commit/%s', releases: 'v*'}", func(c *Config) {
		c.Web = Web{Listen: "127.0.0.1:7878", Name: "Acme DB", Commits: "https://git.example.com/db/commit/%s", Releases: "v*"}
	})
	check("web: {listen: 'unix:/run/perfrun/web.sock'}", func(c *Config) { c.Web.Listen = "unix:/run/perfrun/web.sock" })
	check("web: {listen: '[::1]:80'}", func(c *Config) { c.Web.Listen = "[::1]:80" })
	check("prices: {cloud: 0.34, office: 0}", func(c *Config) { c.Prices = map[string]float64{"cloud": 0.34, "office": 0} })
	check("reach: nikhil@relay.example.com:2222", func(c *Config) { c.Reach = "nikhil@relay.example.com:2222" })
	check("box: {max_time: 1h, reserve: 1GB, log_size: 1MiB, keep: 1h, user: perf, keys: /k, socket: /s, run_as: bench, admins: wheel, metrics: /m.prom}", func(c *Config) {
		c.Box = Box{Socket: "/s", MaxTime: time.Hour, Reserve: 1e9, LogSize: 1 << 20, Keep: time.Hour, User: "perf", Keys: "/k", RunAs: "bench", Admins: "wheel", Metrics: "/m.prom"}
	})
	check(box, func(c *Config) {
		*c = Config{
			Box: Default().Box, Relay: Default().Relay,
			Class: "office", Quiet: results.LevelIsolate, Require: results.LevelPin, State: "/srv/perfrun",
			Knobs: Knobs{ASLR: "off", THP: "madvise", Skip: []string{"swap", "turbo"}, Require: []string{"governor"}},
			Gate:  Gate{Busy: 0.015, Wait: time.Hour, Free: 20_000_000_000, Cooling: 0.5},
		}
	})
}

func TestMistakes(t *testing.T) {
	check := func(text, where, what, next string) {
		t.Helper()
		c, err := parse("perfrun.yml", []byte(text))
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok {
			t.Errorf("%q: %v, want a problem", text, err)
			return
		}
		if problem.Where != "perfrun.yml:"+where || !strings.Contains(problem.What, what) || !strings.Contains(problem.Next, next) {
			t.Errorf("%q:\n got %s | %s | %s\nwant %s | %s | %s", text, problem.Where, problem.What, problem.Next, where, what, next)
		}
		if problem.Excerpt == "" || cmp.Diff(Config{}, c) != "" {
			t.Errorf("%q: excerpt %q, and with the error came %+v", text, problem.Excerpt, c)
		}
	}
	check("quite: isolate", "1:1", `a configuration has no key "quite"`, "did you mean quiet?")
	check("quiet: isolated", "1:8", `quiet is "isolated"`, "did you mean isolate?")
	check("require: 1", "1:10", `require is "1"`, "none, pin, isolate")
	check("quiet: pin\nquiet: pin", "2:1", "first is on line 1", "keep one")
	check("- quiet", "1:1", "a configuration must be a mapping", "KEY: VALUE")
	check("a: 1\n---\nb: 1", "3:1", "second document", "one configuration a file")
	check("host_class: ''", "1:13", "host_class is empty", "give it a value")
	check("host_class: my box", "1:13", `host_class is "my box"`, "a label")
	check("host_class: "+strings.Repeat("a", 65), "1:13", "host_class is", "up to 64")
	check("state: var/lib", "1:8", `state is "var/lib", which is no absolute path`, "/var/lib/perfrun")
	check("state: \"/var\\n/lib\"", "1:8", "no absolute path", "")
	check("knobs: {aslr: on}", "1:15", `knobs.aslr is "on"`, "random, off")
	check("knobs: {thp: sometimes}", "1:14", `knobs.thp is "sometimes"`, "always, madvise, never")
	check("knobs: {skip: swap}", "1:15", "knobs.skip must be a list", "- before it")
	check("knobs: {skip: [swop]}", "1:16", `knobs.skip is "swop"`, "did you mean swap?")
	check("knobs: {require: [swap, swap]}", "1:25", "knobs.require has swap twice", "keep one")
	check("knobs:\n  require: [smt]\n  skip: [smt]", "3:9", "smt is both in knobs.skip and in knobs.require", "one of them")
	check("knobs:\n  skip: [smt]\n  require: [smt]", "3:12", "smt is both", "one of them")
	check("knobs: {turbo: off}", "1:9", `knobs has no key "turbo"`, "it may have aslr, require, skip, thp")
	check("gate: {busy: 0%}", "1:14", `gate.busy is "0%"`, "above 0 %")
	check("gate: {busy: 5}", "1:14", "without a percent sign", "")
	check("gate: {wait: 0s}", "1:14", "gate.wait is 0s", "above zero")
	check("gate: {timers: -1m}", "1:16", "gate.timers is -1m", "or 0s")
	check("gate: {free: 1}", "1:14", `gate.free is "1", which is no size`, "10GiB")
	check("gate: {cooling: -1}", "1:17", `gate.cooling is "-1"`, "from 0 to 100")
	check("prices: {cloud: -1}", "1:17", `prices.cloud is "-1"`, "from 0 to")
	check("prices: {my box: 1}", "1:10", `prices has the class "my box"`, "such as cloud")
	check("gate: {coolin: 1}", "1:8", `gate has no key "coolin"`, "did you mean cooling?")
	check("box: {socket: perfrun.sock}", "1:15", `box.socket is "perfrun.sock", which is no absolute path`, "/run/perfrun")
	check("box: {max_time: 0s}", "1:17", "box.max_time is 0s", "above zero")
	check("box: {user: -x}", "1:13", `box.user is "-x"`, "name of a user")
	check("relay: {host: '-oProxyCommand=x'}", "1:15", `relay.host is "-oProxyCommand=x"`, "name or address")
	check("relay: {port: 65536}", "1:15", "relay.port", "")
	check("repositories: {a b: {url: https://x/y}}", "1:16", `a repository is called "a b"`, "short name")
	check("repositories: {a: {}}", "1:19", "repositories.a has no url", "fetched from")
	check("repositories: {a: {url: --upload-pack=x}}", "1:25", `repositories.a.url is "--upload-pack=x"`, "begins with https://")
	check("repositories: {a: {url: 'ext::sh -c x'}}", "1:25", "repositories.a.url", "")
	check("repositories: {a: {url: /etc}}", "1:25", "repositories.a.url", "")
	check("repositories: {a: {url: https://x/y, networks: [lan]}}", "1:49", `repositories.a.networks is "lan"`, "none, bridge, host")
	check(strings.Repeat("#", strict.MaxSize+1), "1:1", "larger than", "")
}

// write makes a file that a test may load.
func write(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perfrun.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	refused := func(path string, mustExist bool, what, next string) {
		t.Helper()
		_, err := Load(path, mustExist)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.BadInput || !strings.HasPrefix(problem.Where, path) || !strings.Contains(problem.What, what) || !strings.Contains(problem.Next, next) {
			t.Errorf("%s: %v, want %q and %q", path, err, what, next)
		}
	}
	if c, err := Load(write(t, box, 0o644), true); err != nil || c.Quiet != results.LevelIsolate {
		t.Errorf("%+v, %v", c, err)
	}
	none := filepath.Join(t.TempDir(), "perfrun.yml")
	if c, err := Load(none, false); err != nil || cmp.Diff(Default(), c) != "" {
		t.Errorf("no file: %+v, %v", c, err)
	}
	refused(none, true, "no such file", "write it")
	refused(write(t, "quite: pin", 0o600), false, "no key", "quiet")
	refused(write(t, box, 0o602), false, "others may write the configuration (its mode is 0602)", "chmod go-w")
	refused(t.TempDir(), false, "no regular file", "")
	refused(filepath.Join(write(t, box, 0o600), "x"), false, "cannot be read: not a directory", "readable")
	refused(write(t, strings.Repeat("#", strict.MaxSize+2), 0o600), false, "larger than", "")

	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(none, link); err != nil {
		t.Fatal(err)
	}
	refused(link, false, "no such file", "write it") // somebody meant something by it
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(pipe, false, "no regular file", "")
}

func TestDistrust(t *testing.T) {
	const root, me, other = 0, 1000, 1001
	check := func(mode fs.FileMode, owner, user uint32, want string) {
		t.Helper()
		err := distrust("p", mode, owner, user)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v of %d, for %d: %v, want %q", mode, owner, user, err, want)
		}
	}
	check(0o644, root, root, "")
	check(0o644, root, me, "")
	check(0o664, root, root, "others may write")
	check(0o664, root, me, "others may write")
	check(0o646, root, root, "others may write")
	check(0o600, me, me, "")
	check(0o664, me, me, "")
	check(0o646, me, me, "others may write")
	check(0o600, me, root, "belongs to user 1000")
	check(0o644, other, me, "belongs to user 1001")
	check(0o644|fs.ModeNamedPipe, root, root, "no regular file")
	check(0o644|fs.ModeDevice, root, root, "no regular file")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{box, "", "knobs: {skip: &a [smt], require: *a}", "gate: &g {busy: *g}", "state: |\n  /a\n", "quiet: [isolate]", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse("p", []byte(text))
		if problem, ok := errors.AsType[*results.Problem](err); err != nil && (!ok || problem.Where == "" || problem.What == "") {
			t.Errorf("%v is no problem with a place", err)
		}
		if err != nil {
			return
		}
		sound := c.Quiet.Reaches(results.LevelNone) && c.Require.Reaches(results.LevelNone) && filepath.IsAbs(c.State) &&
			c.Gate.Busy > 0 && c.Gate.Busy < 1 && c.Gate.Wait > 0 && c.Gate.Free >= 0 && c.Gate.Timers >= 0 && c.Gate.Cooling >= 0
		if !sound {
			t.Errorf("%q became %+v", text, c)
		}
	})
}
