// Package sampler launches one benchmark process at a time and accounts for it.
//
// It is two halves of one program. Serve is the inner half: it runs inside the
// container (the perfrun binary itself, mounted read-only), takes launch orders
// on its standard input and answers on its standard output, for the whole run.
// Client is the outer half, on the host. So an execution costs one spawn and one
// wait, and no "docker exec".
//
// Inside, one thread keeps to the benchmark's CPUs and does nothing but spawn
// and wait: a child inherits the mask of the thread that forks it. All other
// threads keep to the harness's CPUs, so that draining a benchmark's output or
// watching its time limit never takes time from it.
//
// The sampler judges nothing: it reports how a process ended, what it wrote and
// what it cost. It never retries, and it leaves no process of a benchmark alive.
package sampler
