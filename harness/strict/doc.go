// Package strict reads the YAML files that people write for perfrun: every value
// is understood or refused, and every mistake is told in one line with its line,
// its column, a caret under it and what would be right, in the words of the file
// and not of the program.
//
// A file format is a table for each kind of mapping, from keys to readers. It is
// read by hand from the parsed tree instead of decoded into structs, because a
// decoder knows neither positions nor what the user meant. The parser is kept
// from nesting and sizes that it would choke on, its panics become errors, and
// what aliases multiply is bounded.
//
// The package knows no format, no defaults and no files: text in, values out. It
// has no tags, no merge keys and no second document.
package strict
