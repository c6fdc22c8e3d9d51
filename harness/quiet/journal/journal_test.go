package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// TestMain plays the perfrun that is killed in the midst of its work.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "die" {
		step, _ := strconv.Atoi(os.Args[3])
		if err := tune(os.Args[2], step); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// drawer is a kind whose settings are files in a folder.
type drawer struct {
	dir                  string
	persists, transient  bool
	refuse, twist, ghost string // targets that refuse a write, read as something else after it, cannot be read back
}

func (drawer) Name() string                     { return "drawer" }
func (drawer) Made(_, now, written string) bool { return now == "spoilt "+written }
func (d drawer) Persists() bool                 { return d.persists }
func (d drawer) Transient() bool                { return d.transient }
func (drawer) Same(_, a, b string) bool         { return strings.TrimSpace(a) == strings.TrimSpace(b) }

func (d drawer) Read(target string) (string, error) {
	text, err := os.ReadFile(filepath.Join(d.dir, target))
	if err == nil && target == d.ghost && string(text) != "old" {
		return "", errors.New("cannot be read")
	}
	return string(text), err
}

func (d drawer) Write(target, value string) error {
	switch {
	case target == d.refuse:
		return syscall.EIO
	case target == d.twist:
		value = "twisted " + value
	}
	file, err := os.OpenFile(filepath.Join(d.dir, target), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

var targets = []string{"a", "b", "c", "d"}

// machine makes a folder with settings, all "old".
func machine(t testing.TB) drawer {
	t.Helper()
	dir := t.TempDir()
	for _, target := range targets {
		put(t, dir, target, "old")
	}
	return drawer{dir: dir}
}

func put(t testing.TB, dir, target, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, target), []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, d drawer, boot string) *Journal {
	t.Helper()
	j, err := Open(Options{Dir: filepath.Join(d.dir, "state"), Boot: boot, By: "test"}, d)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func values(t testing.TB, d drawer) (list []string) {
	t.Helper()
	for _, target := range targets {
		text, err := os.ReadFile(filepath.Join(d.dir, target))
		if err != nil {
			list = append(list, "gone")
		} else {
			list = append(list, string(text))
		}
	}
	return list
}

// tune changes everything twice and puts it back, and kills its own process at a
// step.
func tune(dir string, step int) error {
	d := drawer{dir: dir}
	die := func(string) {
		if step--; step < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	j, err := Open(Options{Dir: filepath.Join(dir, "state"), Boot: "boot 1", By: "test", Step: die}, d)
	if err != nil {
		return err
	}
	for _, value := range []string{"new", "newer"} {
		for _, target := range targets[:3] {
			if _, err := j.Set(d, target, value); err != nil {
				return err
			}
		}
	}
	if _, failed := j.SetAll(d, targets[3:], "new"); len(failed) > 0 {
		return fmt.Errorf("%v", failed)
	}
	j.at("all set")
	_, err = j.Undo()
	return errors.Join(err, j.Close())
}

// TestKilledAtEveryStep is the promise: whenever perfrun is killed, the next one
// puts everything back; and after a reboot it leaves alone what the reboot undid.
func TestKilledAtEveryStep(t *testing.T) {
	before := []string{"old", "old", "old", "old"}
	for step := range 1000 {
		d := machine(t)
		out, err := exec.Command(os.Args[0], "die", d.dir, strconv.Itoa(step)).CombinedOutput()
		if len(out) > 0 {
			t.Fatalf("step %d: %s", step, out)
		}
		if err == nil {
			if diff := cmp.Diff(before, values(t, d)); diff != "" || Exists(filepath.Join(d.dir, "state")) || step < 20 {
				t.Errorf("a process that was not killed (step %d) left (-want +got):\n%s", step, diff)
			}
			return
		}
		j := open(t, d, "boot 1")
		list, err := j.Undo()
		if err != nil {
			t.Errorf("step %d: %v", step, err)
		}
		for _, u := range list {
			if u.How != Restored && u.How != Already {
				t.Errorf("step %d: %s: %s", step, u.Change, u.How)
			}
		}
		if diff := cmp.Diff(before, values(t, d)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", step, diff)
		}
		if again, err := j.Undo(); len(again) > 0 || err != nil {
			t.Errorf("step %d: undone twice: %v, %v", step, again, err)
		}
		if err := j.Close(); err != nil || Exists(filepath.Join(d.dir, "state")) {
			t.Errorf("step %d: the journal is still there, %v", step, err)
		}
	}
	t.Error("the process never came to its end")
}

func TestReboot(t *testing.T) {
	check := func(persists bool, wantHow How, want string) {
		t.Helper()
		d := machine(t)
		d.persists = persists
		j := open(t, d, "boot 1")
		if _, err := j.Set(d, "a", "new"); err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		j = open(t, d, "boot 2")
		list, err := j.Undo()
		if err != nil || len(list) != 1 || list[0].How != wantHow || values(t, d)[0] != want {
			t.Errorf("persists %v: %v, %v; a is %q", persists, list, err, values(t, d)[0])
		}
		_ = j.Close()
	}
	check(false, Rebooted, "new") // whatever it reads now, it is not ours
	check(true, Restored, "old")
}

func TestUndo(t *testing.T) {
	check := func(what string, d drawer, meddle func(), want map[string]How, wantValues ...string) {
		t.Helper()
		j := open(t, d, "boot 1")
		defer j.Close()
		for _, target := range targets[:2] {
			_, _ = j.Set(d, target, "new")
		}
		meddle()
		list, err := j.Undo()
		got, failed := map[string]How{}, false
		for _, u := range list {
			got[u.Target] = u.How
			failed = failed || u.How == Failed
		}
		if diff := cmp.Diff(want, got); diff != "" || failed != (err != nil) {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
		if diff := cmp.Diff(wantValues, values(t, d)[:2]); diff != "" {
			t.Errorf("%s: values (-want +got):\n%s", what, diff)
		}
		if left := len(j.Pending()) > 0; left != failed {
			t.Errorf("%s: pending %v", what, j.Pending())
		}
	}
	d := machine(t)
	check("nobody meddled", d, func() {}, map[string]How{"a": Restored, "b": Restored}, "old", "old")
	d = machine(t)
	check("somebody changed it", d, func() { put(t, d.dir, "a", "other") }, map[string]How{"a": Left, "b": Restored}, "other", "old")
	d = machine(t)
	check("somebody put it back", d, func() { put(t, d.dir, "a", "old\n") }, map[string]How{"a": Already, "b": Restored}, "old\n", "old")
	d = machine(t)
	check("the kernel spoilt it", d, func() { put(t, d.dir, "a", "spoilt new") }, map[string]How{"a": Restored, "b": Restored}, "old", "old")
	d = machine(t)
	check("it vanished", d, func() { _ = os.Remove(filepath.Join(d.dir, "b")) }, map[string]How{"a": Restored, "b": Failed}, "old", "gone")
	d = machine(t)
	d.transient = true
	check("it ended", d, func() { _ = os.Remove(filepath.Join(d.dir, "b")) }, map[string]How{"a": Restored, "b": Gone}, "old", "gone")
	d = machine(t)
	d.twist = "a"
	check("it reads otherwise", d, func() {}, map[string]How{"a": Failed, "b": Restored}, "twisted old", "old")
	d = machine(t)
	d.refuse = "a"
	check("it refuses", d, func() {}, map[string]How{"b": Restored}, "old", "old")
	d = machine(t)
	d.ghost = "a"
	check("it cannot be read", d, func() {}, map[string]How{"a": Failed, "b": Restored}, "new", "old")
}

// TestTunedValueIsNoOriginal: what could not be put back is not set again.
func TestTunedValueIsNoOriginal(t *testing.T) {
	d := machine(t)
	j := open(t, d, "boot 1")
	if _, err := j.Set(d, "a", "new"); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	d.refuse = "a"
	j = open(t, d, "boot 1")
	if _, err := j.Undo(); err == nil || len(j.Pending()) != 1 {
		t.Fatalf("undo of what refuses: %v, pending %v", err, j.Pending())
	}
	d.refuse = ""
	j.kinds["drawer"] = d
	if _, err := j.Set(d, "a", "newer"); !errors.Is(err, errPending) {
		t.Errorf("set: %v", err)
	}
	if _, failed := j.SetAll(d, []string{"a"}, "newer"); !errors.Is(failed["a"], errPending) {
		t.Errorf("set all: %v", failed)
	}
	if _, err := j.Undo(); err != nil || values(t, d)[0] != "old" {
		t.Errorf("undo at last: %v, %q", err, values(t, d)[0])
	}
	if result, err := j.Set(d, "a", "newer"); err != nil || result.Old != "old" {
		t.Errorf("set after that: %+v, %v", result, err)
	}
	_, err := j.Undo()
	if err = errors.Join(err, j.Close()); err != nil {
		t.Error(err)
	}
}

func TestUndoToMark(t *testing.T) {
	d := machine(t)
	j := open(t, d, "boot 1")
	defer j.Close()
	_, err := j.Set(d, "a", "new")
	mark := j.Mark()
	_, err2 := j.Set(d, "b", "new")
	_, err3 := j.UndoTo(mark)
	if err := errors.Join(err, err2, err3); err != nil || !cmp.Equal(values(t, d)[:2], []string{"new", "old"}) {
		t.Errorf("%v: %q", err, values(t, d))
	}
	if _, err := j.Undo(); err != nil || values(t, d)[0] != "old" {
		t.Errorf("%v: %q", err, values(t, d))
	}
}

// TestNotedSideEffects: what something else changes in our wake is put back too.
func TestNotedSideEffects(t *testing.T) {
	check := func(now, want string, how How) {
		t.Helper()
		d := machine(t)
		j := open(t, d, "boot 1")
		defer j.Close()
		if err := j.Note(d, []Change{{Target: "a", Old: "old", New: "all"}}); err != nil {
			t.Fatal(err)
		}
		put(t, d.dir, "a", "cut")
		if err := j.Seen(d); err != nil {
			t.Fatal(err)
		}
		put(t, d.dir, "a", now)
		list, err := j.Undo()
		if err != nil || len(list) != 1 || list[0].How != how || values(t, d)[0] != want {
			t.Errorf("left at %q: %v, %v, reads %q", now, list, err, values(t, d)[0])
		}
	}
	check("all", "old", Restored)
	check("cut", "old", Restored)
	check("old", "old", Already)
	check("other", "other", Left)
}

func TestFileThatIsNotToBeTrusted(t *testing.T) {
	check := func(what string, spoil func(dir, path string), want string) {
		t.Helper()
		d := machine(t)
		j := open(t, d, "boot 1")
		for _, target := range targets {
			if _, err := j.Set(d, target, "new"); err != nil {
				t.Fatal(err)
			}
		}
		_ = j.Close()
		dir := filepath.Join(d.dir, "state")
		spoil(dir, filepath.Join(dir, fileName))
		j, err := Open(Options{Dir: dir, Boot: "boot 1"}, d)
		if err == nil {
			_ = j.Close()
		}
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || !strings.Contains(problem.Error(), want) || problem.Next == "" {
			t.Errorf("%s: %v, want a problem with %q and what to do", what, err, want)
		}
		if diff := cmp.Diff([]string{"new", "new", "new", "new"}, values(t, d)); diff != "" {
			t.Errorf("%s: acted upon:\n%s", what, diff)
		}
	}
	rewrite := func(change func(lines []string) string) func(string, string) {
		return func(_, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(change(strings.SplitAfter(string(text), "\n"))), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	check("a byte flipped", rewrite(func(l []string) string { l[3] = strings.Replace(l[3], "old", "0ld", 1); return strings.Join(l, "") }), "journal:4: the journal is damaged here")
	check("of a newer perfrun", rewrite(func(l []string) string {
		l[0] = string(record{Event: opened, Version: version + 1}.encode())
		return strings.Join(l, "")
	}), "written by a newer perfrun (version 2, this one knows 1)")
	check("writable for all", func(_, path string) { _ = os.Chmod(path, 0o666) }, "others may write to it")
	check("in a folder for all", func(dir, _ string) { _ = os.Chmod(dir, 0o777) }, "others may write to it")
	check("of somebody else", func(_, path string) { _ = os.Chown(path, 1234, 1234) }, "it belongs to user 1234")
	check("a link", func(dir, path string) {
		_ = os.Rename(path, path+".real")
		_ = os.Symlink(path+".real", path)
	}, "the journal cannot be opened")
}

// TestCutOffRecord: a power cut in the midst of a record's write costs nothing,
// wherever it comes.
func TestCutOffRecord(t *testing.T) {
	whole := machine(t)
	j := open(t, whole, "boot 1")
	for _, target := range targets[:2] {
		if _, err := j.Set(whole, target, "new"); err != nil {
			t.Fatal(err)
		}
	}
	_ = j.Close()
	text, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	for size := range len(text) {
		d := machine(t)
		_ = os.Mkdir(filepath.Join(d.dir, "state"), 0o755)
		put(t, d.dir, filepath.Join("state", fileName), string(text[:size]))
		// A setting is written after its record is whole.
		for i, target := range targets[:2] {
			if strings.Count(string(text[:size]), `"changing"`) > i && strings.Count(string(text[:size]), "\n") >= 2+2*i {
				put(t, d.dir, target, "new")
			}
		}
		j := open(t, d, "boot 1")
		if _, err := j.Undo(); err != nil {
			t.Errorf("cut to %d bytes: %v", size, err)
		}
		if diff := cmp.Diff([]string{"old", "old"}, values(t, d)[:2]); diff != "" {
			t.Errorf("cut to %d bytes (-want +got):\n%s", size, diff)
		}
		_ = j.Close()
	}
}

func TestSecondJournalIsRefused(t *testing.T) {
	d := machine(t)
	j := open(t, d, "boot 1")
	defer j.Close()
	_, err := Open(Options{Dir: filepath.Join(d.dir, "state"), Boot: "boot 1"}, d)
	if err == nil || !strings.Contains(err.Error(), "another perfrun is changing this machine") {
		t.Errorf("second: %v", err)
	}
	if _, err := j.Set(d, "a", "new"); err != nil {
		t.Fatal(err)
	}
	if pending, err := Look(filepath.Join(d.dir, "state")); err != nil || len(pending) != 1 || pending[0].Old != "old" {
		t.Errorf("look beside it: %v, %v", pending, err)
	}
	put(t, d.dir, "a", "other")
	if strayed := j.Strayed(); len(strayed) != 1 || strayed[0].Now != "other" {
		t.Errorf("strayed: %v", strayed)
	}
	if _, err := j.Undo(); err != nil {
		t.Error(err)
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	d := machine(t)
	_, err := Open(Options{Dir: filepath.Join(d.dir, "a", "state")})
	if _, ok := errors.AsType[*results.Problem](err); !ok {
		t.Errorf("below a file: %v", err)
	}
	if pending, err := Look(filepath.Join(d.dir, "none")); pending != nil || err != nil {
		t.Errorf("no journal: %v, %v", pending, err)
	}
	if _, err := BootID(d.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no boot id: %v", err)
	}
}

// TestRecordsComeBack is the law of the file: what is written is read, whatever it
// holds.
func TestRecordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		var list []record
		var file []byte
		for range rapid.IntRange(0, 5).Draw(t, "records") {
			r := record{Event: changed, N: rapid.Int().Draw(t, "n"), Target: text.Draw(t, "target"), Old: text.Draw(t, "old"), New: text.Draw(t, "new")}
			list, file = append(list, r), append(file, r.encode()...)
		}
		got, good, damaged := decodeAll(file)
		if diff := cmp.Diff(list, got); diff != "" || good != len(file) || damaged != 0 {
			t.Errorf("good %d of %d, damaged %d (-want +got):\n%s", good, len(file), damaged, diff)
		}
	})
}

func FuzzDecodeAll(f *testing.F) {
	f.Add([]byte("00000000 {}\n"))
	f.Add(append(record{Event: opened, Version: 1}.encode(), "x\ny\n"...))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, good, damaged := decodeAll(text)
		if good > len(text) || damaged > 0 && good == len(text) {
			t.Errorf("%d records, good %d of %d, damaged at %d", len(records), good, len(text), damaged)
		}
	})
}
