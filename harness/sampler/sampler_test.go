package sampler

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/results"
)

// TestMain lets the test binary play the inner half and the benchmarks.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "stubborn" {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		fmt.Println("started")
		_ = syscall.Pause()
	}
	os.Exit(m.Run())
}

type pipe struct {
	io.Reader
	io.WriteCloser
}

// start runs a real sampler process and connects to it.
func start(t *testing.T, setup Setup) (*Client, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client, err := Connect(t.Context(), pipe{out, in}, setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = cmd.Wait()
	})
	return client, cmd
}

func sh(script string) Order {
	return Order{
		Argv: []string{"/bin/sh", "-c", script}, Dir: "/", Timeout: time.Minute,
		MaxOut: DefaultMaxOut, MaxErr: DefaultMaxErr,
	}
}

func execute(t *testing.T, c *Client, order Order) Outcome {
	t.Helper()
	outcome, err := c.Execute(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestOutcomeTellsHowAProcessEnded(t *testing.T) {
	client, _ := start(t, Setup{})
	check := func(script string, exit, signal int, stdout, stderr string) {
		t.Helper()
		got := execute(t, client, sh(script))
		if got.Error != "" || got.Accounts.ExitCode != exit || got.Accounts.Signal != signal ||
			string(got.Stdout) != stdout || string(got.Stderr) != stderr {
			t.Errorf("%s: exit %d signal %d stdout %q stderr %q error %q", script,
				got.Accounts.ExitCode, got.Accounts.Signal, got.Stdout, got.Stderr, got.Error)
		}
	}
	check("echo out; echo err >&2", 0, 0, "out\n", "err\n")
	check("exit 7", 7, 0, "", "")
	check("kill -9 $$", -1, 9, "", "")
	check(`printf '\377\000x'`, 0, 0, "\xff\x00x", "")
	check("read line || echo no input", 0, 0, "no input\n", "")
	check("trap 'echo caught' TERM; kill -TERM $$", 0, 0, "caught\n", "")
	check("kill -TERM $$", -1, 15, "", "") // not inherited as ignored
}

func TestCommandThatCannotStart(t *testing.T) {
	client, _ := start(t, Setup{})
	check := func(order Order, want string) {
		t.Helper()
		if got := execute(t, client, order); !strings.Contains(got.Error, want) {
			t.Errorf("%q: error %q, want one with %q", order.Argv, got.Error, want)
		}
	}
	order := sh("")
	order.Argv = []string{"no-such-command-anywhere"}
	check(order, "is not in PATH")
	order.Argv = []string{"/no/such/file"}
	check(order, "no such file")
	order.Argv = nil
	check(order, "no command")
	order = sh("true")
	order.CPUs = "x"
	check(order, "not a CPU number")
	if got := execute(t, client, sh("echo still here")); string(got.Stdout) != "still here\n" {
		t.Errorf("after failures: %+v", got)
	}
}

func TestAccountsCoverTheWholeTree(t *testing.T) {
	client, _ := start(t, Setup{})
	// The work is in a grandchild, which the shell waits for.
	got := execute(t, client, sh("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; true"))
	a := got.Accounts
	if a.User <= 0 || a.Wall < a.User/2 || a.MinorFaults == 0 || a.MaxRSS == 0 {
		t.Errorf("accounts are empty or impossible: %+v", a)
	}
	if got.RSSFloor <= 0 || got.RSSFloor > 100<<20 {
		t.Errorf("floor of max-rss is %d", got.RSSFloor)
	}
	large := execute(t, client, sh("dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null"))
	if large.Accounts.MaxRSS < 200<<20 {
		t.Errorf("200 MiB program shows max RSS %d", large.Accounts.MaxRSS)
	}
	if after := execute(t, client, sh("true")); after.Accounts.MaxRSS >= 200<<20 {
		t.Errorf("a small program after a large one shows max RSS %d", after.Accounts.MaxRSS)
	}
}

func TestTimeoutKillsTheWholeGroup(t *testing.T) {
	client, _ := start(t, Setup{})
	order := sh(fmt.Sprintf("%q stubborn & %q stubborn", os.Args[0], os.Args[0]))
	order.Timeout = 300 * time.Millisecond
	got := execute(t, client, order)
	if !got.TimedOut || got.Accounts.Signal != int(syscall.SIGKILL) {
		t.Errorf("outcome %+v", got)
	}
	assertNoStubborn(t)
}

func TestLeftoversAreNamedAndKilled(t *testing.T) {
	client, _ := start(t, Setup{})
	// One in the group, one that left it, one that a dead parent orphaned.
	got := execute(t, client, sh("sleep 3600 & setsid sleep 3601 & (setsid sh -c 'sleep 3602 & sleep 3603' &) ; echo done"))
	if string(got.Stdout) != "done\n" || !slices.Contains(got.Leftover, "sleep") {
		t.Errorf("outcome %+v", got)
	}
	if again := execute(t, client, sh("true")); len(again.Leftover) != 0 {
		t.Errorf("the next execution is blamed for %q", again.Leftover)
	}
}

func TestOrphanThatEndsByItselfIsNoFault(t *testing.T) {
	client, _ := start(t, Setup{})
	got := execute(t, client, sh("(sleep 0.02 &) ; true"))
	if len(got.Leftover) != 0 {
		t.Errorf("leftover %q", got.Leftover)
	}
}

func TestOutputIsCappedButCounted(t *testing.T) {
	client, _ := start(t, Setup{})
	order := sh("head -c 300000000 /dev/zero; head -c 50000 /dev/zero | tr '\\0' e >&2; echo end >&2")
	order.MaxOut, order.MaxErr = 1000, 100
	got := execute(t, client, order)
	if len(got.Stdout) != 1000 || got.StdoutLen != 300000000 {
		t.Errorf("kept %d of %d bytes of stdout", len(got.Stdout), got.StdoutLen)
	}
	if len(got.Stderr) != 100 || !bytes.HasSuffix(got.Stderr, []byte("eend\n")) {
		t.Errorf("stderr ends in %q", got.Stderr)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("PERFRUN_TEST_KEEP", "outer")
	t.Setenv("PERFRUN_TEST_REPLACE", "outer")
	client, _ := start(t, Setup{})
	order := sh(`printf '%s %s %s' "$PERFRUN_TEST_KEEP" "$PERFRUN_TEST_REPLACE" "${#PERFRUN_PAD}"; env | grep -c ^PERFRUN_TEST_REPLACE=`)
	order.Env = []string{"PERFRUN_TEST_REPLACE=inner"}
	order.EnvBytes = 1234
	if got := execute(t, client, order); string(got.Stdout) != "outer inner 12341\n" {
		t.Errorf("stdout %q", got.Stdout)
	}
}

// TestParentStaysOffTheBenchmarksCPUs needs one CPU to exist, no more: with one,
// both sets are the same and the assertions still hold.
func TestParentStaysOffTheBenchmarksCPUs(t *testing.T) {
	allowed, err := affinity.Allowed()
	if err != nil {
		t.Fatal(err)
	}
	bench, harness := allowed[len(allowed)-1:], allowed[:1]
	client, cmd := start(t, Setup{CPUs: bench.String(), Harness: harness.String()})
	got := execute(t, client, sh("grep Cpus_allowed_list /proc/self/status"))
	if want := "Cpus_allowed_list:\t" + bench.String() + "\n"; string(got.Stdout) != want {
		t.Errorf("the benchmark sees %q, want %q", got.Stdout, want)
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		want := harness
		if task.Name() == strconv.Itoa(client.Ready.SpawnThread) {
			want = bench
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", cmd.Process.Pid, task.Name()))
		if err != nil {
			continue // a thread of the runtime that ended meanwhile
		}
		if !strings.Contains(string(status), "Cpus_allowed_list:\t"+want.String()+"\n") {
			t.Errorf("thread %s is not on cpus %s", task.Name(), want)
		}
	}
}

func TestClosingThePipeKillsTheBenchmark(t *testing.T) {
	client, cmd := start(t, Setup{})
	ctx, cancel := context.WithCancel(t.Context())
	order := sh("")
	order.Argv = []string{os.Args[0], "stubborn"}
	cancelled := make(chan error)
	go func() {
		_, err := client.Execute(ctx, order)
		cancelled <- err
	}()
	waitForStubborn(t)
	cancel()
	if err := <-cancelled; err == nil {
		t.Error("execute returned no error after its context was cancelled")
	}
	if err := cmd.Wait(); err != nil {
		t.Logf("the sampler ended with %v", err) // writing to a closed pipe; what matters follows
	}
	assertNoStubborn(t)
}

func TestLaunchAtAMoment(t *testing.T) {
	client, _ := start(t, Setup{})
	for _, wait := range []time.Duration{300 * time.Millisecond, -time.Hour} {
		order := sh("true")
		order.At = time.Now().Add(wait)
		if got := execute(t, client, order); got.Error != "" || got.Started.Before(order.At.Round(0)) {
			t.Errorf("ordered for %v it was launched %v before that: %s", wait, order.At.Sub(got.Started), got.Error)
		}
	}
	order := sh("true") // a clock that jumped must not hold it up
	order.At = time.Now().Add(24 * time.Hour)
	if got := execute(t, client, order); got.Error != "" || !got.Started.Before(order.At) {
		t.Errorf("%+v", got)
	}
}

func TestSetupOfAnotherVersionIsRefused(t *testing.T) {
	in, out := bytes.NewBufferString(`{"protocol":99}`), &bytes.Buffer{}
	s := exec.Command(os.Args[0], "serve")
	s.Stdin, s.Stdout = in, out
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "protocol 99 is asked for") {
		t.Errorf("answer %q", out)
	}
}

func TestEveryAccountIsAMetric(t *testing.T) {
	a := results.Accounts{Wall: 3 * time.Second, User: time.Second, System: time.Second, MaxRSS: 5}
	for name, want := range map[string]float64{"wall": 3, "cpu": 2, "user": 1, "system": 1, "max-rss": 5} {
		if got, ok := results.AccountSample(a, name); !ok || got.Value != want {
			t.Errorf("%s = %v, %v", name, got, ok)
		}
	}
}

// stubborn finds live processes of this test binary that play the stubborn
// benchmark.
func stubborn() (pids []string) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		line, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		if string(line) == os.Args[0]+"\x00stubborn\x00" {
			pids = append(pids, entry.Name())
		}
	}
	return pids
}

func assertNoStubborn(t *testing.T) {
	t.Helper()
	if pids := stubborn(); len(pids) > 0 {
		t.Errorf("processes %v survived", pids)
	}
}

func waitForStubborn(t *testing.T) {
	t.Helper()
	for len(stubborn()) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the benchmark never started")
		}
	}
}
