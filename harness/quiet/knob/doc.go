// Package knob has the settings of a machine that move measurements, and what
// each should be while a benchmark runs.
//
// A table drives it (table.go): an entry says which files or services make up the
// knob on this machine and what each should read, so that a new knob is a few
// lines. Values are computed from what the machine offers and from the CPUs of
// the run, never constants that another machine would choke on. Setting and
// putting back is the journal's work.
//
// A knob that the machine does not have is unsupported, one that refuses is
// failed, with the kernel's own words; neither stops the others. The package
// never touches what a user tuned for a reason that has nothing to do with noise
// (overcommit, file limits), and it never stops or signals other programs but the
// one service that moves interrupts about.
package knob
