package knob

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// Machine is what knobs are set on, and for whom.
type Machine struct {
	Root      string            // "/", or a recorded tree
	Bench     cpuset.Set        // the benchmark's CPUs
	Siblings  cpuset.Set        // other CPUs of their cores, to be idle
	Policy    Policy            //
	Systemctl setting.Systemctl // nil where systemd does not run
}

// Policy is what the owner of a machine decides about knobs.
type Policy struct {
	ASLR string   // "random" or "off"; empty: random
	THP  string   // "always", "madvise" or "never"; empty: left as it is
	Skip []string // names of knobs to leave alone
}

// Knob is one setting of the machine, in as many places as it has.
type Knob struct {
	Name string
	Why  string // what it costs when it is not set, for people
	// places finds what to set. An error says why this machine has no such knob.
	places func(Machine) ([]place, error)
}

// place is one file or service of a knob and what it should read.
type place struct {
	kind   journal.Kind
	target string
	want   string
	fixed  bool // it may refuse by its nature (an interrupt bound to its CPU): counted, no failure
}

// errLeft says that the policy wants a knob left alone.
var errLeft = errors.New("left as it is: the configuration says so")

// find returns a knob's places as the policy has them.
func (k Knob) find(m Machine) ([]place, error) {
	if slices.Contains(m.Policy.Skip, k.Name) {
		return nil, errLeft
	}
	return k.places(m)
}

// Set gives every place of the knob its value and says what came of it.
func (k Knob) Set(j *journal.Journal, m Machine) results.Knob {
	places, err := k.find(m)
	if err != nil {
		return results.Knob{Name: k.Name, Outcome: results.KnobUnsupported, Detail: err.Error()}
	}
	sum := tally{name: k.Name}
	for _, p := range places {
		result, err := j.Set(p.kind, p.target, p.want)
		sum.add(p, result, err)
	}
	return sum.result()
}

// Look reads the knob and says what Set would find: already, unsupported, or
// failed, with what it should be.
func (k Knob) Look(m Machine) (found results.Knob, want string) {
	places, err := k.find(m)
	if err != nil {
		return results.Knob{Name: k.Name, Outcome: results.KnobUnsupported, Detail: err.Error()}, ""
	}
	sum := tally{name: k.Name}
	var wants []string
	for _, p := range places {
		now, err := p.kind.Read(p.target)
		wants = append(wants, p.want)
		if err == nil && !p.kind.Same(p.target, now, p.want) {
			err = fmt.Errorf("it should be %s", p.want)
		}
		sum.add(p, journal.Result{Old: now, Now: now}, err)
	}
	return sum.result(), distinct(wants)
}

// tally sums up what the places of a knob said.
type tally struct {
	name                     string
	was, is, failures        []string
	changed, same, immovable int
}

func (t *tally) add(p place, r journal.Result, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil && p.fixed && (errors.Is(err, unix.EIO) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL)):
		t.immovable++
		return
	case err != nil:
		t.failures = append(t.failures, explain(err))
	case r.Changed:
		t.changed++
	default:
		t.same++
	}
	t.was, t.is = append(t.was, r.Old), append(t.is, r.Now)
}

func (t *tally) result() results.Knob {
	k := results.Knob{Name: t.name, Was: distinct(t.was), Is: distinct(t.is)}
	switch {
	case len(t.failures) > 0:
		k.Outcome, k.Detail = results.KnobFailed, distinct(t.failures)
	case t.changed > 0:
		k.Outcome = results.KnobApplied
	case t.same > 0:
		k.Outcome = results.KnobAlready
	default:
		k.Outcome, k.Detail = results.KnobUnsupported, "this machine does not have it"
	}
	if t.immovable > 0 {
		k.Detail = strings.TrimPrefix(fmt.Sprintf("%s; %d cannot be moved", k.Detail, t.immovable), "; ")
	}
	return k
}

// explain says in plain words what the kernel says in a number.
func explain(err error) string {
	switch {
	case errors.Is(err, unix.EROFS):
		return "the file system is read-only here"
	case errors.Is(err, fs.ErrPermission):
		return "not permitted: run as root"
	}
	return err.Error()
}

// mostValues bounds how many different values a summary lists.
const mostValues = 4

func distinct(list []string) string {
	var seen []string
	for _, value := range list {
		if !slices.Contains(seen, value) {
			seen = append(seen, value)
		}
	}
	if extra := len(seen) - mostValues; extra > 0 {
		seen = append(seen[:mostValues], fmt.Sprintf("and %d more", extra))
	}
	return strings.Join(seen, ", ")
}
