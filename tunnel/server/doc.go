// Package server is the daemon's half of the API: HTTP and JSON on a socket whose
// listener has found out who is at the other end.
//
// It decides who may ask for what, reads requests strictly and within limits, and
// holds every wait to a deadline: a peer that feeds a body byte by byte, or takes
// an answer so, is cut off. What a request does is somebody else's: the queue, the
// records, and the few functions of Options.
//
// A link may break at any byte, so that each request can be sent again. A change
// goes on to its end once it has begun, and its answer is kept for a while under
// the name that the client gave the request; uploads go on from the byte that is
// safe on the disk; logs are read from any byte, and progress is told whole.
//
// All endpoints stand in one table (routes.go), which docs/API.md describes. The
// package keeps no session, sets no cookie and listens on no port.
package server
