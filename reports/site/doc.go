// Package site makes the pages that engineers browse: overview, runs, comparisons,
// histories, machines, and how sure all of it is. A page is asked for by its address
// and is the same bytes whether it is written to a folder or answered by a daemon.
//
// It refuses to hold a series in memory to sum it up, and to make a page of what it
// does not know: what is missing is said in its place.
package site
