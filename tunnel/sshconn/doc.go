// Package sshconn makes a net.Conn of the system's own ssh: a child process whose
// standard streams are the connection, with perfrun dial-stdio at its other end.
//
// The child belongs to the connection and not to the request that opened it: it
// outlives that request's context, and ends when the connection is closed, by
// SIGTERM first. What it says on standard error is kept, up to a bound, and
// becomes the error of whoever reads next, with an explanation of what usually is
// behind it: the end of a stream alone would tell nobody that a host key changed.
//
// The package chooses no cipher, key or host key: ssh does, as the user configured
// it. It only keeps ssh from asking for a password where nobody could type one.
package sshconn
