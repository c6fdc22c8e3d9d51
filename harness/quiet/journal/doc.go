// Package journal remembers what perfrun changes on a machine, so that it can be
// put back whatever happens.
//
// It is a write-ahead log: before a setting is written, its old and new value are
// on disk. So a killed process, or a machine that lost power, leaves either a
// setting that was not touched or one whose original value is known. Undoing goes
// backwards through the log, tries everything, and says what it could not do.
// What a setting is, the journal does not know: it reads and writes through a
// Kind.
//
// The journal guesses nothing. A setting that reads neither as perfrun found it
// nor as perfrun left it was changed by somebody else since: that is said, and it
// stays. A setting whose earlier change could not be undone is not changed again,
// because its present value would be taken for an original. A log that is
// damaged, or of a newer version, or that others could have written, is not acted
// upon.
package journal
