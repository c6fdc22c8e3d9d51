// Package access keeps the file that says who may come in: the authorized_keys of the
// system's user as whom people reach a box.
//
// A person is a name, a role and a key. Each has one line, whose forced command tells
// perfrun who it is and what they may do, and which restricts the key to that: no
// shell, no terminal, no forwarding. Whoever can write the file can be anybody, so
// that it belongs to root's daemon alone, and a key is written only when it is nothing
// but a key: options that somebody hands in with it are refused, not carried over.
//
// Lines that are not of this package stay as they are. They are found and named,
// because a key without a forced command may open more than people think.
package access
