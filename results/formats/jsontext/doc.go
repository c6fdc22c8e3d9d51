// Package jsontext reads JSON of a stranger's and always knows where it is.
//
// Benchmark tools write JSON by hand as often as by library, so their files hold
// what encoding/json refuses: NaN and Infinity as bare words (C++, Python), raw
// control characters in strings (Java). And a user who is told "it is no result"
// needs the line and column. So the text is checked once, as a whole, and then
// walked in place: a [Value] is a stretch of it, nothing is copied until it is
// asked for, and a problem with any value says where that value is.
//
// It refuses what is no JSON in any other way, nesting deeper than any tool's,
// and text after the end. Of two members with one key the first counts: a tool
// writes its own members before those that a benchmark names.
package jsontext
