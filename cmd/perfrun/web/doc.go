// Package web answers a browser with the pages of a box: the same bytes that a written
// site has, made when they are asked for. It reads and never writes.
//
// A page is made once for all who ask at the same time, and at most so many pages at
// once, so that readers cannot take the machine from a run. An answer is kept until what
// it shows changes, which the pages number, or there is no room; never longer than a
// minute, and always for a second.
//
// It refuses everything but GET and HEAD, requests under a name that is not its own
// (which is how a strange web page would reach a server on loopback), and to say more of
// a failure than that there was one: the daemon's log has the rest.
package web
