// Package rehearse plays runs that nobody measures.
//
// A policy (how many rounds, what least effect, how much time) is chosen before
// anything is known of what it can find. Here it is tried: runs are played with
// values drawn from a calibration of the same host, whole suites at a time, and what
// they end with is counted. First and Second are how far a run goes; they ask
// package verdict when to stop and what to confirm, as the harness does, so that what
// is counted is what would happen. Others who have values of their own to play with
// use them too.
//
// Everything follows from a seed. The package refuses to know more than the
// calibration: what differs from one start of a container to the next, from one
// build to the next or from one day to the next is in no single calibration, and so
// in no rehearsal.
package rehearse
