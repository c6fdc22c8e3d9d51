package quiet

import (
	"errors"
	"io/fs"

	"mtrlz.dev/perfrun/harness/quiet/knob"
	"mtrlz.dev/perfrun/results"
)

// State is a knob as it stands and as it should be during a run.
type State struct {
	results.Knob
	Want string `json:"want,omitempty"`
	Why  string `json:"why"` // what it costs when it is not set
}

// Look reads all knobs without changing anything.
func (m Machine) Look(w Wish) (list []State) {
	target := knob.Machine{Root: m.Root, Bench: w.Bench, Siblings: w.Siblings, Policy: m.Policy, Systemctl: m.systemctl()}
	for _, k := range knob.All() {
		found, want := k.Look(target)
		list = append(list, State{found, want, k.Why})
	}
	return list
}

func isPermission(err error) bool { return errors.Is(err, fs.ErrPermission) }
