// Package quiet makes the machine quiet for a run and puts every setting back,
// whatever happens.
//
// It joins the parts: knobs (package knob) and the shield around the benchmark's
// CPUs (package shield) are changed through one journal (package journal), in a
// fixed order, and undone in the reverse one. Recover comes first on every start,
// so that a setting which a killed perfrun left is never taken for an original.
//
// What is reached is a value, results.Quiet, with the reason why it is not more.
// The package decides nothing about whether that is enough: the harness fails
// closed where a level is required. At the levels none and pin it changes nothing
// at all.
package quiet
