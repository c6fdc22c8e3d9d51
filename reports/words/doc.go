// Package words says values, times, commits and strangers' texts the way every
// page, table and message of perfrun does: with units that people read, and with
// nothing in them that could move a cursor or end a line.
//
// It knows no page and no verdict; it refuses to guess a unit that it was not told.
package words
