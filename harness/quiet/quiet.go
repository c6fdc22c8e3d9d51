package quiet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/knob"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/harness/quiet/shield"
	"mtrlz.dev/perfrun/results"
)

// Machine is what this package works on. Its zero value has no place for a
// journal and can reach no more than pin.
type Machine struct {
	Root   string // "/", or a recorded tree
	State  string // the folder of the journal
	Policy knob.Policy
	Step   func(name string) // see journal.Options; for tests
}

// Wish is what a run asks for.
type Wish struct {
	Level    results.Level
	Bench    cpuset.Set // the benchmark's CPUs
	Siblings cpuset.Set // other CPUs of their cores
	Sampler  cpuset.Set // CPUs of the sampler beside them
	Others   cpuset.Set // left to everybody else
	Balanced bool       // a benchmark uses several CPUs
	By       string     // for people who find the journal: "run 1a2b3c"
	Held     bool       // this process stays, so that what only lasts as long can be had
}

// Impossible says why these CPUs can never be isolated; empty if they can.
func (w Wish) Impossible() string {
	if len(w.Others) == 0 || len(w.Sampler) == 0 || len(w.Sampler.Minus(w.Others)) == 0 {
		return "it takes three cores to isolate one: for the benchmark, for the sampler, and for everybody else"
	}
	return ""
}

// Session is a machine made quiet.
type Session struct {
	Reached results.Quiet
	journal *journal.Journal
	shield  *shield.Shield
	latency *knob.Latency
}

// kinds are all that a journal may hold.
func (m Machine) kinds() []journal.Kind {
	return []journal.Kind{
		setting.File{Root: m.Root},
		setting.Interrupt{File: setting.File{Root: m.Root}},
		setting.Folder{Root: m.Root},
		setting.Aside{Folder: setting.Folder{Root: m.Root}},
		setting.Service{Run: setting.RunSystemctl},
		setting.AllowedCPUs{Root: m.Root, Run: setting.RunSystemctl},
		setting.Affinity{},
		setting.Task{Root: m.Root, Mount: shield.CPUSets(m.Root), Controller: "cpuset"},
	}
}

func (m Machine) systemctl() setting.Systemctl {
	if setting.HasSystemd(m.Root) {
		return setting.RunSystemctl
	}
	return nil
}

func (m Machine) open(by string) (*journal.Journal, error) {
	boot, err := journal.BootID(m.Root)
	if err != nil {
		return nil, err
	}
	return journal.Open(journal.Options{Dir: m.State, Boot: boot, By: by, Step: m.Step}, m.kinds()...)
}

// Begin makes the machine as quiet as was asked, or as it can be. It fails only
// where going on would be a guess: with a journal that cannot be trusted. What
// cannot be reached is said in Session.Reached. End must be called.
func (m Machine) Begin(w Wish) (*Session, error) {
	s := &Session{Reached: results.Quiet{Asked: w.Level, Reached: w.Level}}
	if w.Level != results.LevelIsolate {
		return s, nil
	}
	s.Reached.Reached = results.LevelPin
	if s.Reached.Why = w.Impossible(); s.Reached.Why != "" {
		return s, nil
	}
	var err error
	if s.journal, err = m.open(w.By); err != nil {
		return s, m.unopened(s, err)
	}
	if pending := s.journal.Pending(); len(pending) > 0 {
		s.Reached.Why = fmt.Sprintf("an earlier run left %d settings that could not be put back: perfrun quiet restore tells which", len(pending))
		return s, nil
	}
	s.apply(m, w)
	return s, nil
}

// unopened tells a journal that may not be used from one that only root could
// have.
func (m Machine) unopened(s *Session, err error) error {
	if problem, ok := errors.AsType[*results.Problem](err); ok && problem.Err != nil && isPermission(problem.Err) {
		s.Reached.Why = "isolating needs root: run perfrun by sudo, or let root start it"
		return nil
	}
	return err
}

func (s *Session) apply(m Machine, w Wish) {
	target := knob.Machine{Root: m.Root, Bench: w.Bench, Siblings: w.Siblings, Policy: m.Policy, Systemctl: m.systemctl()}
	knobs := knob.All()
	// Interrupts and what is deferred move away after the CPUs are taken.
	split := slices.IndexFunc(knobs, func(k knob.Knob) bool { return k.Name == knob.AfterShield })
	noteErr := shield.NoteMasks(s.journal, m.Root, w.Siblings)
	s.set(knobs[:split], target)
	if w.Held {
		var held results.Knob
		s.latency, held = knob.HoldLatency(m.Root)
		s.Reached.Knobs = append(s.Reached.Knobs, held)
	}
	s.shield = &shield.Shield{Why: fmt.Sprintf("the CPU masks of other programs could not be written down: %v", noteErr)}
	if noteErr == nil {
		s.shield = shield.Raise(s.journal, shield.Request{
			Root: m.Root, CPUs: w.Bench.Union(w.Sampler), Others: w.Others, Balanced: w.Balanced, Systemctl: m.systemctl(),
		})
	}
	s.Reached.Shield, s.Reached.Why = s.shield.Kind, s.shield.Why
	if s.shield.Kind != results.ShieldNone {
		s.Reached.Reached = results.LevelIsolate
	}
	s.set(knobs[split:], target)
}

func (s *Session) set(knobs []knob.Knob, m knob.Machine) {
	for _, k := range knobs {
		s.Reached.Knobs = append(s.Reached.Knobs, k.Set(s.journal, m))
	}
}

// Parent is the cgroup parent of containers under Docker's driver, or empty.
func (s *Session) Parent(driver string) string {
	if s.shield == nil {
		return ""
	}
	return s.shield.Parent(driver)
}

// Procs is the file that takes a process of this machine into the shield; empty
// where there is none.
func (s *Session) Procs() string {
	if s.shield == nil {
		return ""
	}
	return s.shield.Procs()
}

// Verify proves that the machine is still as it was made.
func (s *Session) Verify() error {
	if s.shield == nil {
		return nil
	}
	return errors.Join(s.shield.Verify(), s.latency.Check())
}

// Strayed marks the knobs that somebody else changed meanwhile as failed, and
// says which settings those were.
func (s *Session) Strayed() (list []string) {
	if s.journal == nil {
		return nil
	}
	for _, u := range s.journal.Strayed() {
		list = append(list, fmt.Sprintf("%s reads %q", u.Target, u.Now))
	}
	return list
}

// End puts everything back and returns how. It can be called again; the second
// time it does nothing.
func (s *Session) End() (list []journal.Undone, err error) {
	if s.latency != nil {
		err = s.latency.Close()
		s.latency = nil
	}
	if s.journal == nil {
		return nil, err
	}
	list, undoErr := s.journal.Undo()
	err = errors.Join(err, undoErr, s.journal.Close())
	s.journal, s.shield = nil, nil
	return list, err
}

// Keep leaves the machine as it is and closes the journal: another perfrun will
// put it back.
func (s *Session) Keep() error {
	if s.journal == nil {
		return nil
	}
	err := s.journal.Close()
	s.journal, s.shield = nil, nil
	return err
}

// Recover puts back what an earlier perfrun left, and returns how each ended. A
// machine without a journal is as it was.
func (m Machine) Recover() ([]journal.Undone, error) {
	if m.State == "" || !journal.Exists(m.State) {
		return nil, nil
	}
	j, err := m.open("recover")
	if err != nil {
		return nil, err
	}
	list, err := j.Undo()
	return list, errors.Join(err, j.Close())
}

// Pending lists what is changed on the machine now, without touching anything.
func (m Machine) Pending() ([]journal.Change, error) {
	if m.State == "" {
		return nil, nil
	}
	return journal.Look(m.State)
}

// Describe says how a recovery went, a line each for what people should know.
func Describe(list []journal.Undone) (lines []string) {
	var sums []string
	for _, how := range []journal.How{journal.Restored, journal.Already, journal.Gone, journal.Rebooted} {
		if n := count(list, how); n > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n, how))
		}
	}
	if len(sums) > 0 {
		lines = append(lines, "settings that an earlier perfrun had changed: "+strings.Join(sums, ", "))
	}
	return append(lines, Troubles(list)...)
}

func count(list []journal.Undone, how journal.How) (n int) {
	for _, u := range list {
		if u.How == how {
			n++
		}
	}
	return n
}

// Troubles says of an undoing only what is not as it was.
func Troubles(list []journal.Undone) (lines []string) {
	for _, u := range list {
		switch u.How {
		case journal.Left:
			lines = append(lines, fmt.Sprintf("%s was changed by somebody else since and now reads %q: left as it is (perfrun had found %q)", u.Target, u.Now, u.Old))
		case journal.Failed:
			lines = append(lines, fmt.Sprintf("%s could not be put back to %q: %v", u.Target, u.Old, u.Err))
		}
	}
	return lines
}
