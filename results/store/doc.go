// Package store keeps runs in one SQLite file: what was asked for, and every
// sample in the order taken, each durable before the call that wrote it returns.
//
// It is the only package that knows SQL. A Store holds two pools: one
// connection that writes, so that writers queue in Go and not in SQLite's busy
// loop, and four that can only read. Every setting stands in the connection
// string, because a PRAGMA sent later reaches one connection of a pool. The file
// is in WAL mode with synchronous=FULL: a power cut takes nothing that was
// acknowledged, and readers never wait for a writer. Several processes may use
// one file.
//
// Rows are shaped for their number. A run is one wide row. An execution is one
// row with its accounts; how it failed lies in a table of its own, because few
// do. A sample is one narrow row, whose metric is a number in a dictionary that
// all runs share. The row number of an execution and of a sample spells its
// place, so that neither table needs an index and a run is read in one sweep. The
// view measurements spells all of it out for people with a SQLite shell. Whatever
// a benchmark, a commit or a path may have named is stored as bytes and comes
// back as the same bytes, valid UTF-8 or not.
//
// It refuses what would make the numbers lie later: a NaN or an infinity, a gap
// in the order of executions, an execution for a run that has ended, a change of
// a final state. It refuses files that are not its own rather than adopt them,
// and files of a newer schema rather than guess. Nothing is ever deleted.
package store
