// Package unit knows what benchmark tools call their units: which way one is
// better, and how times of any scale become seconds.
//
// Values of two files can be compared only if they are in the same unit, and a
// tool may choose "us" today and "ns" tomorrow. Times are therefore turned into
// seconds here, once, and so are counts per time. Nothing else is converted:
// "MB" is a million bytes to one tool and 1,048,576 to the next, so it stays
// what it is called.
package unit
