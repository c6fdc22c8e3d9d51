package services

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/host"
)

// childVariable makes the test binary bring up the services of the tree that it
// names, and wait to be killed.
const childVariable = "PERFRUN_SERVICES_CHILD"

func TestMain(m *testing.M) {
	if work := os.Getenv(childVariable); work != "" {
		if err := child(context.Background(), work); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func child(ctx context.Context, work string) error {
	owner, err := host.Self()
	if err != nil {
		return err
	}
	program, err := Find(ctx)
	if err != nil {
		return err
	}
	project, err := program.Read(ctx, Wanted{Compose: "compose.yml"}, Place{Run: os.Getenv("RUN"), Owner: owner.String(), Side: "base", Work: work}, Allow{})
	if err != nil {
		return err
	}
	if _, err := program.Up(ctx, project, os.Stderr); err != nil {
		return err
	}
	fmt.Println("up", owner)
	select {}
}

// What a killed perfrun left is swept, a built image included; what a living one
// has is not.
func TestSweep(t *testing.T) {
	const built = "services:\n  a: {build: ., image: 'perfrun-test/taken:1', command: sleep 600, stop_signal: KILL, volumes: ['vol:/data', /anonymous]}\nvolumes: {vol: }\n"
	program := find(t)
	files := map[string]string{"compose.yml": built, "Dockerfile": "FROM " + image + "\nRUN echo built >/file\n"}
	dead, living := side(t, files), side(t, files)
	up := start(t, program, read(t, program, Wanted{}, living))

	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env, cmd.Stderr = append(os.Environ(), childVariable+"="+dead.Work, "RUN="+dead.Run), t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	owner, ok := strings.CutPrefix(strings.TrimSpace(line), "up ")
	if !ok {
		t.Fatalf("the child says %q", line)
	}
	alive := func(found string) bool {
		process, err := host.ParseProcess(found)
		return err != nil || found != owner && found != living.Owner || process.Alive()
	}
	removed, err := program.Sweep(t.Context(), alive)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(removed, "\n")
	for _, kind := range []string{"container", "network", "volume", "image"} {
		if ids := leftOver(t, kind, dead.Run); len(ids) > 0 || !strings.Contains(said, kind+" ") {
			t.Errorf("%s %v was left; said is\n%s", kind, ids, said)
		}
		if ids := leftOver(t, kind, living.Run); len(ids) != 1 || strings.Contains(said, living.Run) {
			t.Errorf("of the living one there are %v; said is\n%s", ids, said)
		}
	}
	if err := up.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := up.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	removed, err = program.Sweep(t.Context(), func(found string) bool { return found != living.Owner })
	if err != nil || len(removed) != 1 || !strings.HasPrefix(removed[0], "image ") {
		t.Errorf("swept %q, %v, want the image that was built", removed, err)
	}
}
