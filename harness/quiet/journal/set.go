package journal

import (
	"errors"
	"fmt"
)

// Result is what Set found and did.
type Result struct {
	Old     string
	Now     string
	Changed bool // false: it was as wanted
}

// errPending says that the present value of a setting is not its original.
var errPending = errors.New("an earlier change of it is not put back yet")

// Set gives a setting a value, in the order that makes it safe: read, write down,
// write, read back. It fails when the setting does not read as wanted afterwards.
func (j *Journal) Set(kind Kind, target, value string) (Result, error) {
	old, err := kind.Read(target)
	if err != nil {
		return Result{}, err
	}
	if kind.Same(target, old, value) {
		return Result{Old: old, Now: old}, nil
	}
	if err := j.original(kind, target); err != nil {
		return Result{Old: old, Now: old}, err
	}
	return j.change(kind, Change{kind.Name(), target, old, value})
}

// SetAll is Set for many settings of one kind that are alike, with one write to
// the journal before the first: where hundreds of tasks move, hundreds of waits
// for the disk would be long. It tries all; failed gives the error of each target
// that did not change.
func (j *Journal) SetAll(kind Kind, targets []string, value string) (done int, failed map[string]error) {
	failed = map[string]error{}
	var list []entry
	var records []record
	for _, target := range targets {
		old, err := kind.Read(target)
		if err == nil && !kind.Same(target, old, value) {
			err = j.original(kind, target)
		} else if err == nil {
			done++
			continue
		}
		if err != nil {
			failed[target] = err
			continue
		}
		e := j.number(Change{kind.Name(), target, old, value})
		list, records = append(list, e), append(records, e.record())
	}
	if len(list) == 0 {
		return done, failed
	}
	if err := j.append(records...); err != nil {
		for _, e := range list {
			failed[e.Target] = err
		}
		return done, failed
	}
	j.entries = append(j.entries, list...)
	var after []record
	for _, e := range list {
		j.at("before write")
		r, err := j.write(kind, e)
		if after = append(after, r); err != nil {
			failed[e.Target] = err
		} else {
			done++
		}
	}
	if err := j.confirm(after); err != nil {
		failed[""] = err
	}
	return done, failed
}

// original refuses a setting whose present value is one that we made and could
// not undo.
func (j *Journal) original(kind Kind, target string) error {
	for _, e := range j.entries {
		if e.stale && e.Kind == kind.Name() && e.Target == target {
			return errPending
		}
	}
	return nil
}

func (j *Journal) number(c Change) entry {
	e := entry{Change: c, n: j.next, boot: j.boot}
	j.next++
	return e
}

func (e entry) record() record {
	return record{Event: changed, N: e.n, Boot: e.boot, Kind: e.Kind, Target: e.Target, Old: e.Old, New: e.New}
}

func (j *Journal) change(kind Kind, c Change) (Result, error) {
	e := j.number(c)
	j.at("before record")
	if err := j.append(e.record()); err != nil {
		return Result{Old: c.Old, Now: c.Old}, err
	}
	j.entries = append(j.entries, e)
	j.at("before write")
	after, err := j.write(kind, e)
	j.at("after write")
	result := Result{Old: c.Old, Now: after.Got, Changed: after.Event == applied}
	return result, errors.Join(err, j.confirm([]record{after}))
}

// write carries out a change that is on disk. The record it returns says what
// became of it: a setting that still reads as before needs no undoing.
func (j *Journal) write(kind Kind, e entry) (record, error) {
	err := kind.Write(e.Target, e.New)
	got, readErr := kind.Read(e.Target)
	switch {
	case readErr != nil:
		return record{Event: applied, N: e.n}, errors.Join(err, fmt.Errorf("read it back: %w", readErr))
	case kind.Same(e.Target, got, e.Old):
		if err == nil {
			err = fmt.Errorf("it still reads %q after %q was written", got, e.New)
		}
		return record{Event: settled, N: e.n, Got: got}, err
	case err == nil && !kind.Same(e.Target, got, e.New):
		err = fmt.Errorf("it reads %q after %q was written", got, e.New)
	}
	return record{Event: applied, N: e.n, Got: got}, err
}

// confirm writes down what became of changes.
func (j *Journal) confirm(list []record) error {
	for _, r := range list {
		j.learn(r)
	}
	return j.append(list...)
}

// Note writes down settings that something else is about to change as a side
// effect of ours: Old is what they are, New what they may be left as. Nothing is
// written to them now. Kind is filled in.
func (j *Journal) Note(kind Kind, list []Change) error {
	var records []record
	var fresh []entry
	for _, c := range list {
		c.Kind = kind.Name()
		if j.original(kind, c.Target) != nil {
			continue // what it is now is not its own
		}
		e := j.number(c)
		fresh, records = append(fresh, e), append(records, e.record())
	}
	if len(records) == 0 {
		return nil
	}
	j.at("before record")
	if err := j.append(records...); err != nil {
		return err
	}
	j.entries = append(j.entries, fresh...)
	return nil
}

// Seen writes down how noted settings of a kind read after the change that was
// to come.
func (j *Journal) Seen(kind Kind) error {
	var list []record
	for _, e := range j.entries {
		if e.Kind != kind.Name() || e.stale {
			continue
		}
		if now, err := kind.Read(e.Target); err == nil {
			list = append(list, record{Event: applied, N: e.n, Got: now})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return j.confirm(list)
}
