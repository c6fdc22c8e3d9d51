package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// fileName is the journal's in its folder.
const fileName = "journal"

// Kind is a class of settings that can be read and written, such as files of the
// kernel or services.
type Kind interface {
	// Name stands in the journal.
	Name() string
	// Read returns a setting's present value. An error that is fs.ErrNotExist
	// says that there is no such setting now.
	Read(target string) (string, error)
	// Write sets it.
	Write(target, value string) error
	// Same reports whether two values mean the same: kernels write masks, lists
	// and choices in ways of their own.
	Same(target, a, b string) bool
	// Made reports whether a value is what is left of one that was written, though
	// it does not mean the same any more: the kernel marks some as spoilt.
	Made(target, now, written string) bool
	// Persists reports whether a change outlives a reboot.
	Persists() bool
	// Transient reports whether the thing that is set may go away by itself, so
	// that there is nothing to put back (a process that ended).
	Transient() bool
}

// Change is one setting that was, or is to be, changed.
type Change struct {
	Kind   string `json:"kind"`
	Target string `json:"target"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// String says it in words.
func (c Change) String() string {
	return fmt.Sprintf("%s %s: %q to %q", c.Kind, c.Target, c.Old, c.New)
}

// entry is a change that is not settled.
type entry struct {
	Change
	n     int
	boot  string
	got   string // how it read after it was written; empty if that is not known
	stale bool   // found when the journal was opened
}

// Journal is the open log of one machine. It is not safe for concurrent use.
type Journal struct {
	dir     *os.File // held locked
	path    string
	file    *os.File // nil until there is something to write
	kinds   map[string]Kind
	boot    string
	by      string
	entries []entry // in the order made
	next    int
	at      func(step string) // see Options.Step
}

// Options say where the journal is and whose.
type Options struct {
	Dir  string // made if it is missing; only its owner may write there
	Boot string // the kernel's boot id
	By   string // what makes changes, for people: "run 1a2b3c"
	// Step, if set, is called before and after everything that a crash could come
	// between. Tests stop the process or the machine there.
	Step func(name string)
}

// Open reads the journal in a folder and holds it until Close. Changes that an
// earlier process left are in Pending; nothing is undone yet. Every error that a
// user can act on is a results.Problem.
func Open(o Options, kinds ...Kind) (*Journal, error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, cannot(o.Dir, fmt.Sprintf("the folder of the journal cannot be made: %v", err), "run as root, or name another folder in the configuration", err)
	}
	dir, err := os.Open(o.Dir)
	if err != nil {
		return nil, cannot(o.Dir, fmt.Sprintf("the folder of the journal cannot be opened: %v", err), "run as root", err)
	}
	j := &Journal{
		dir: dir, path: filepath.Join(o.Dir, fileName), kinds: map[string]Kind{}, boot: o.Boot, by: o.By, next: 1,
		at: o.Step,
	}
	if j.at == nil {
		j.at = func(string) {}
	}
	for _, kind := range kinds {
		j.kinds[kind.Name()] = kind
	}
	if err := j.begin(); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return j, nil
}

func (j *Journal) begin() error {
	if err := unix.Flock(int(j.dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return cannot(j.path, "another perfrun is changing this machine", "wait until it is done: perfrun lock shows who it is", err)
	}
	if err := trusted(j.dir); err != nil {
		return err
	}
	text, err := j.open()
	if err != nil || text == nil {
		return err
	}
	return j.replay(text)
}

// open opens an existing file for appending and returns its content, nil where
// there is none.
func (j *Journal) open() ([]byte, error) {
	file, err := os.OpenFile(j.path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cannot(j.path, fmt.Sprintf("the journal cannot be opened: %v", err), "run as the user that owns it", err)
	}
	if err := trusted(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", j.path, err), file.Close())
	}
	j.file = file
	return text, nil
}

// trusted refuses a file that another user owns or could have written: what it
// says would be done with our rights.
func trusted(file *os.File) error {
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return fmt.Errorf("look at %s: %w", file.Name(), err)
	}
	switch {
	case int(stat.Uid) != os.Geteuid():
		return cannot(file.Name(), fmt.Sprintf("it belongs to user %d, and this is user %d", stat.Uid, os.Geteuid()), "run as that user, or move it away once the machine is as it should be", denied())
	case stat.Mode&0o022 != 0:
		return cannot(file.Name(), "others may write to it, so it is not to be trusted", "look at what it says, then: chmod go-w "+file.Name(), nil)
	}
	return nil
}

// denied is why somebody else's journal cannot be used: root could, but for trust.
func denied() error {
	if os.Geteuid() == 0 {
		return nil
	}
	return unix.EACCES
}

// replay learns what is not settled.
func (j *Journal) replay(text []byte) error {
	records, good, damaged := decodeAll(text)
	if damaged > 0 {
		return damage(j.path, damaged)
	}
	if len(records) > 0 && records[0].Version > version {
		return cannot(j.path, fmt.Sprintf("it was written by a newer perfrun (version %d, this one knows %d)", records[0].Version, version),
			"put the machine back with that one: perfrun quiet restore", nil)
	}
	if good < len(text) {
		if err := j.file.Truncate(int64(good)); err != nil {
			return fmt.Errorf("cut off an unfinished record of %s: %w", j.path, err)
		}
	}
	for _, r := range records {
		j.learn(r)
	}
	if _, err := j.file.Seek(int64(good), io.SeekStart); err != nil {
		return fmt.Errorf("go to the end of %s: %w", j.path, err)
	}
	if len(j.entries) == 0 {
		return j.discard()
	}
	return nil
}

func (j *Journal) learn(r record) {
	i := slices.IndexFunc(j.entries, func(e entry) bool { return e.n == r.N })
	switch {
	case r.Event == changed:
		change := Change{r.Kind, r.Target, r.Old, r.New}
		j.entries = append(j.entries, entry{Change: change, n: r.N, boot: r.Boot, stale: true})
		j.next = max(j.next, r.N+1)
	case r.Event == applied && i >= 0:
		j.entries[i].got = r.Got
	case r.Event == settled && i >= 0:
		j.entries = slices.Delete(j.entries, i, i+1)
	}
}

// Pending lists the changes that are not put back, in the order made.
func (j *Journal) Pending() []Change {
	var list []Change
	for _, e := range j.entries {
		list = append(list, e.Change)
	}
	return list
}

// Close lets go of the journal. What is pending stays so.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
		j.file = nil
	}
	return errors.Join(err, j.dir.Close())
}

// append writes records and returns when they are on disk.
func (j *Journal) append(list ...record) error {
	if err := j.note(list...); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write %s to disk: %w", j.path, err)
	}
	return nil
}

// note writes records that may be lost: that a change is undone, which can be seen
// again.
func (j *Journal) note(list ...record) error {
	if j.file == nil {
		if err := j.create(); err != nil {
			return err
		}
	}
	var text []byte
	for _, r := range list {
		text = append(text, r.encode()...)
	}
	if _, err := j.file.Write(text); err != nil {
		return fmt.Errorf("write %s: %w", j.path, err)
	}
	return nil
}

func (j *Journal) create() error {
	file, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return cannot(j.path, fmt.Sprintf("the journal cannot be made: %v", err), "make room, or name another folder in the configuration", err)
	}
	first := record{Event: opened, Version: version, Boot: j.boot, By: j.by}
	_, err = file.Write(first.encode())
	if err = errors.Join(err, file.Sync(), j.dir.Sync()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", j.path, err), file.Close())
	}
	j.file = file
	return nil
}

// discard removes the file: nothing in it is pending.
func (j *Journal) discard() error {
	err := j.file.Close()
	j.file, j.entries = nil, nil
	return errors.Join(err, os.Remove(j.path), j.dir.Sync())
}

func damage(path string, line int) error {
	return cannot(fmt.Sprintf("%s:%d", path, line), "the journal is damaged here",
		"put back by hand what its lines name as \"old\", then move the file away", errDamaged)
}

var errDamaged = errors.New("checksum or form is wrong")

func cannot(where, what, next string, err error) error {
	return &results.Problem{Kind: results.CannotRun, Where: where, What: what, Next: next, Err: err}
}

// Exists reports whether a folder holds a journal, that is: whether something is
// pending.
func Exists(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, fileName))
	return !errors.Is(err, fs.ErrNotExist)
}

// Look lists what is pending in a folder's journal, for anybody who may read it.
// It neither waits for nor disturbs a perfrun that is at work.
func Look(dir string) ([]Change, error) {
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cannot(path, fmt.Sprintf("the journal cannot be read: %v", err), "run as the user that owns it", err)
	}
	records, _, damaged := decodeAll(text)
	if damaged > 0 {
		return nil, damage(path, damaged)
	}
	j := &Journal{}
	for _, r := range records {
		j.learn(r)
	}
	return j.Pending(), nil
}

// BootID returns the kernel's name for the present boot (random(4)), read under
// root.
func BootID(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/random/boot_id"))
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
