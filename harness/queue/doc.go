// Package queue makes one run at a time of what many people order.
//
// The queue is rows in the database and nothing else: a daemon that dies loses no
// order, and the next one sees what its predecessor left. Every decision is made in
// one transaction together with the entry of the audit that tells of it: who goes
// first (order.go), what is the same as another (submit.go), what a newer commit
// makes superfluous, what becomes of a try that failed (finish.go).
//
// Only a fault that passes by itself is tried again, three times at most: a run that
// failed for good, or whose verdict somebody dislikes, is not. A job that was
// interrupted is taken up again, and after three tries says why not; one that a stop of
// the daemon cut short is none of them.
//
// The package starts no process and knows no repository: what a try is, its Runner
// knows (package box).
package queue
