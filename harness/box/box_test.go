package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
)

// TestMain plays perfrun: it prints its arguments, and does what the file "play" in
// its own folder says.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "run" {
		os.Exit(m.Run())
	}
	folder, _ := os.Getwd()
	files, _ := os.ReadDir(folder)
	fmt.Printf("%q in a folder with %d files\n", os.Args[1:], len(files))
	switch os.Getenv("PLAY") {
	case "passing":
		fmt.Println("perfrun: docker does not answer\x1b[31m")
		os.Exit(ExitPassing)
	case "failing":
		fmt.Println("perfrun: it does not build")
		os.Exit(4)
	case "regression":
		os.Exit(1)
	case "hang":
		fmt.Println("measuring")
		time.Sleep(time.Hour)
	}
}

// world is a box with one repository of three commits.
type world struct {
	t    *testing.T
	repo string
	Runner
}

func newWorld(t *testing.T, suite string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, repo: filepath.Join(dir, "repo")}
	w.git("", "init", "--quiet", "--initial-branch=main", w.repo)
	for i := range 3 {
		w.commit(fmt.Sprint("commit ", i), suite)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.Runner = Runner{
		Program: program, Folder: filepath.Join(dir, "copies"), Cache: filepath.Join(dir, "cache"), Stop: time.Minute,
		Arguments:    []string{"--engine", "docker"},
		Repositories: map[string]Repository{"project": {Remote: source.Remote{Name: "project", URL: "file://" + w.repo}, Networks: []string{"none"}}},
		Last:         func(context.Context, string) ([]string, error) { return nil, nil },
		State:        func(context.Context, string) (results.State, error) { return "", nil },
	}
	return w
}

func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) commit(message, suite string) string {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.repo, "perf.yml"), []byte(suite), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.git(w.repo, "add", "--all")
	w.git(w.repo, "commit", "--quiet", "--allow-empty", "-m", message)
	return w.rev("HEAD")
}

func (w *world) rev(name string) string { return w.git(w.repo, "rev-parse", name) }

const plainSuite = "suite: s\nbenchmarks: [{name: a, run: 'true'}]\n"

func order(base, head string) results.Job {
	return results.Job{Order: results.Order{ID: "abc", Repository: "project", Base: base, Head: head, Suite: "perf.yml"}, Submitter: "nikhil", Tries: 1}
}

func TestRunnerStartsTheRunThatWasOrdered(t *testing.T) {
	w := newWorld(t, plainSuite)
	w.git(w.repo, "checkout", "--quiet", "-b", "feature")
	w.commit("on a branch", plainSuite)
	feature := w.commit("and another", plainSuite)
	w.git(w.repo, "checkout", "--quiet", "main")
	w.Last = func(_ context.Context, suite string) ([]string, error) { // the latest is another repository's
		return map[string][]string{"s": {strings.Repeat("c", 40), w.rev("main~2"), w.rev("main~1")}}[suite], nil
	}
	check := func(what string, job results.Job, want ...string) {
		t.Helper()
		var log bytes.Buffer
		if err := w.Run(t.Context(), job, &log); err != nil {
			t.Errorf("%s: %v\n%s", what, err, log.String())
		}
		for _, text := range append(want, "in a folder with 0 files", `"run" "--engine" "docker" "--id"`) {
			if !strings.Contains(log.String(), text) {
				t.Errorf("%s: no %s in\n%s", what, text, log.String())
			}
		}
	}
	compared := func(base, head string) string { return fmt.Sprintf(`"--base" %q "--head" %q`, base, head) }
	check("two commits", order("main~2", "main"), compared(w.rev("main~2"), w.rev("main")), `"--asked-by" "nikhil" "--exit-passing"`, `"--id" "abc"`)
	check("main against what is before it", order("", "main"), compared(w.rev("main~1"), w.rev("main")))
	check("a branch against where it left main", order("", feature), compared(w.rev("main"), feature))
	check("main against what was measured last", order(LastMeasured, "main"), compared(w.rev("main~2"), w.rev("main")))
	job := order("", "main")
	job.Only, job.Rounds, job.MinEffect, job.Tries = "^a", 7, 0.03, 2
	check("with options", job, `"--only" "^a" "--rounds" "7" "--min-effect" "3%"`, `"--id" "abc-2"`)
	w.State = func(context.Context, string) (results.State, error) { return results.Done, nil }
	if err := w.Run(t.Context(), order("", "main"), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "there is one of this id already") {
		t.Errorf("a run that somebody else put there: %v", err)
	}
	w.State = func(context.Context, string) (results.State, error) { return "", nil }
	base := w.rev(feature + "~1")
	if err := os.Rename(w.repo, w.repo+".gone"); err != nil {
		t.Fatal(err)
	}
	check("of a repository that cannot be reached", order(base, feature), "what was fetched before has both commits")
	w.repo += ".gone"
	// What main was yesterday is not what was ordered.
	for _, job := range []results.Job{order(base, "main"), order("main~1", feature), order("", feature), order(LastMeasured, feature)} {
		var log bytes.Buffer
		if err := w.Run(t.Context(), job, &log); !Passing(err) || strings.Contains(log.String(), `"run"`) {
			t.Errorf("%s against %s of a repository that cannot be reached: %v\n%s", job.Head, job.Base, err, log.String())
		}
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	w := newWorld(t, plainSuite)
	hungry := w.commit("network", "suite: s\nnetwork: host\nbenchmarks: [{name: a, run: 'true'}]\n")
	building := w.commit("build", "suite: s\nbuild: {run: make, network: host}\nbenchmarks: [{name: a, run: 'true'}]\n")
	broken := w.commit("broken", "suit: s\n")
	check := func(want string, change func(*results.Job)) {
		t.Helper()
		job := order("", "main")
		job.Head = w.rev("main~3")
		change(&job)
		var log bytes.Buffer
		err := w.Run(t.Context(), job, &log)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || !strings.Contains(problem.Error(), want) || Passing(err) || strings.Contains(log.String(), `"run"`) {
			t.Errorf("%v, want %q before anything runs\n%s", err, want, log.String())
		}
	}
	check(`repository "other": this box does not measure it; it measures project`, func(j *results.Job) { j.Repository = "other" })
	check("it is no path in the repository", func(j *results.Job) { j.Suite = "../perf.yml" })
	check("it is no path in the repository", func(j *results.Job) { j.Suite = "/etc/passwd" })
	check("it is no path in the repository", func(j *results.Job) { j.Suite = "-x" })
	check("it is no path in the repository", func(j *results.Job) { j.Suite = "" })
	check("has no such file", func(j *results.Job) { j.Suite = "no.yml" })
	check("it names no commit", func(j *results.Job) { j.Head = "--upload-pack=x" })
	check("it names no commit", func(j *results.Job) { j.Base = "-x" })
	check("it names no commit", func(j *results.Job) { j.Head = "." })
	check("the order names none", func(j *results.Job) { j.Head = "" })
	check("there is no such commit", func(j *results.Job) { j.Head = "no-such" })
	for _, rev := range []string{":/text", "main^{/((((a{1,255}){1,255}){1,255}){1,255})}"} {
		check("looks for a commit by its message", func(j *results.Job) { j.Head = rev })
		check("looks for a commit by its message", func(j *results.Job) { j.Base = rev })
	}
	check("it has no such commit", func(j *results.Job) { j.Head = strings.Repeat("a", 40) })
	check("asks for the host network", func(j *results.Job) { j.Head = hungry })
	check("its build asks for the host network", func(j *results.Job) { j.Head = building })
	check("did you mean suite?", func(j *results.Job) { j.Head = broken })
}

func TestHowRunsEnd(t *testing.T) {
	w := newWorld(t, plainSuite)
	check := func(play string, state results.State, passing bool, want string) {
		t.Helper()
		t.Setenv("PLAY", play)
		asked := 0
		w.State = func(_ context.Context, id string) (results.State, error) {
			if asked++; asked == 1 { // before it begins there is none
				return "", nil
			}
			return state, nil
		}
		err := w.Run(t.Context(), order("", "main"), &bytes.Buffer{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) || Passing(err) != passing {
			t.Errorf("%s: %v, passing %v; want %q, %v", play, err, Passing(err), want, passing)
		}
	}
	check("", results.Done, false, "")
	check("regression", results.Done, false, "")
	check("failing", results.Done, false, "") // a broken benchmark
	check("failing", results.Failed, false, "it does not build")
	check("passing", results.Failed, true, "docker does not answer")
	w.State = func(context.Context, string) (results.State, error) { return "", nil }
	if err := os.Rename(w.repo, w.repo+".gone"); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), order("", strings.Repeat("b", 40)), &bytes.Buffer{}); !Passing(err) {
		t.Errorf("a commit that could be in what cannot be reached: %v", err)
	}
}

// TestRunIsToldToEnd: whoever cancels waits until the run has put the machine back.
func TestRunIsToldToEnd(t *testing.T) {
	w := newWorld(t, plainSuite)
	t.Setenv("PLAY", "hang")
	why := errors.New("cancelled by nikhil")
	ctx, cancel := context.WithCancelCause(t.Context())
	log := &watcher{text: "measuring", then: func() { cancel(why) }}
	if err := w.Run(ctx, order("", "main"), log); !errors.Is(err, why) {
		t.Errorf("%v, want %v", err, why)
	}
}

// TestARunThatFillsTheDiskIsClearedAway: it would hold up everybody, and do the same again.
func TestARunThatFillsTheDiskIsClearedAway(t *testing.T) {
	w := newWorld(t, plainSuite)
	if err := w.Run(t.Context(), order("", "main"), &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	mirror, err := source.Open(t.Context(), w.Cache, w.Repositories["project"].Path(w.Folder))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, side := range results.Sides() {
		tree, treeErr := mirror.Worktree(t.Context(), side, results.Commit{Rev: w.rev("main")})
		home, homeErr := mirror.Home(side)
		left = append(left, filepath.Join(tree, "core"), filepath.Join(home, "core"))
		if err := errors.Join(treeErr, homeErr, os.WriteFile(filepath.Join(tree, "core"), nil, 0o600), os.WriteFile(filepath.Join(home, "core"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := mirror.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLAY", "hang")
	w.Enough = func() error { return &results.Problem{What: "only 3 MiB of disk are free", Passing: true} }
	err = w.Run(t.Context(), order("", "main"), &bytes.Buffer{})
	if Passing(err) || !strings.Contains(err.Error(), "it was stopped: only 3 MiB") {
		t.Errorf("the fault is %v, passing %v", err, Passing(err))
	}
	for _, path := range left {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
	t.Setenv("PLAY", "")
	w.Enough = nil
	if err := w.Run(t.Context(), order("", "main"), &bytes.Buffer{}); err != nil {
		t.Errorf("the next run: %v", err)
	}
}

// watcher does something once when it reads a text.
type watcher struct {
	text string
	then func()
	seen bytes.Buffer
}

func (w *watcher) Write(b []byte) (int, error) {
	w.seen.Write(b)
	if strings.Contains(w.seen.String(), w.text) {
		w.then()
	}
	return len(b), nil
}

// TestARunThatIsToldToEndWhenItIsDoneIsDone: it need not be made again.
func TestARunThatIsToldToEndWhenItIsDoneIsDone(t *testing.T) {
	w := newWorld(t, plainSuite)
	t.Setenv("PLAY", "hang")
	state := results.State("")
	w.State = func(ctx context.Context, _ string) (results.State, error) { return state, ctx.Err() }
	ctx, cancel := context.WithCancelCause(t.Context())
	log := &watcher{text: "measuring", then: func() {
		state = results.Done
		cancel(errors.New("the daemon stops"))
	}}
	if err := w.Run(ctx, order("", "main"), log); err != nil {
		t.Error(err)
	}
}
