package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// How says what became of one change when it was to be undone.
type How string

// The ways in which a change ends.
const (
	Restored How = "put back"
	Already  How = "was back already"
	Gone     How = "gone, nothing to put back"
	Rebooted How = "undone by the reboot"
	Left     How = "changed by somebody else since, left as it is"
	Failed   How = "could not be put back"
)

// Undone is one change and how it ended.
type Undone struct {
	Change
	How How
	Now string // how it reads now
	Err error  // of Failed
}

// Undo puts back everything that is pending, the latest change first. It tries
// all. The error joins those of the changes that could not be put back; they stay
// in the journal. Undo can be repeated.
func (j *Journal) Undo() (list []Undone, err error) { return j.UndoTo(0) }

// Mark names the present state of the journal for UndoTo.
func (j *Journal) Mark() int { return j.next }

// UndoTo puts back what was changed since a Mark.
func (j *Journal) UndoTo(mark int) (list []Undone, err error) {
	var kept []entry
	for i, e := range slices.Backward(slices.Clone(j.entries)) {
		if e.n < mark {
			kept = append(kept, e)
			continue
		}
		j.at("before undo")
		u := j.undo(e)
		list = append(list, u)
		if u.How == Failed {
			err = errors.Join(err, fmt.Errorf("put back %s: %w", e.Change, u.Err))
			e.stale = true
			kept = append(kept, e)
			continue
		}
		j.entries = j.entries[:i]
		if recordErr := j.note(record{Event: settled, N: e.n}); recordErr != nil {
			// The machine is more important than the record: undoing twice is harmless.
			err = errors.Join(err, recordErr)
		}
	}
	slices.Reverse(kept)
	j.entries = kept
	if len(kept) == 0 && j.file != nil {
		err = errors.Join(err, j.discard())
	}
	return list, err
}

func (j *Journal) undo(e entry) Undone {
	u := Undone{Change: e.Change}
	kind, known := j.kinds[e.Kind]
	switch {
	case !known:
		u.How, u.Err = Failed, fmt.Errorf("this perfrun does not know the kind %q", e.Kind)
		return u
	case e.boot != j.boot && !kind.Persists():
		u.How = Rebooted
		return u
	}
	now, err := kind.Read(e.Target)
	u.Now = now
	switch {
	case errors.Is(err, fs.ErrNotExist) && kind.Transient():
		u.How = Gone
	case err != nil:
		u.How, u.Err = Failed, err
	case kind.Same(e.Target, now, e.Old):
		u.How = Already
	case kind.Same(e.Target, now, e.New) || kind.Made(e.Target, now, e.New) || e.got != "" && now == e.got:
		j.restore(kind, e, &u)
	default:
		u.How = Left
	}
	return u
}

func (j *Journal) restore(kind Kind, e entry, u *Undone) {
	if u.Err = kind.Write(e.Target, e.Old); u.Err == nil {
		u.Now, u.Err = kind.Read(e.Target)
	}
	switch {
	case errors.Is(u.Err, fs.ErrNotExist) && kind.Transient():
		u.How, u.Err = Gone, nil
	case u.Err == nil && !kind.Same(e.Target, u.Now, e.Old):
		u.Err = fmt.Errorf("it reads %q after %q was written", u.Now, e.Old)
		fallthrough
	case u.Err != nil:
		u.How = Failed
	default:
		u.How = Restored
	}
}

// Strayed lists the changes of this process that no longer read as they were
// made: somebody else works on the machine.
func (j *Journal) Strayed() (list []Undone) {
	for _, e := range j.entries {
		kind, known := j.kinds[e.Kind]
		if !known || e.stale || kind.Transient() {
			continue
		}
		now, err := kind.Read(e.Target)
		if err != nil || !kind.Same(e.Target, now, e.New) && now != e.got {
			list = append(list, Undone{Change: e.Change, How: Left, Now: now, Err: err})
		}
	}
	return list
}
