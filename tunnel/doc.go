// Package tunnel is how a person or a CI step reaches a box: a quiet machine
// somewhere behind an ssh server.
//
// The way is that of one request: client, which speaks HTTP and JSON (wire) over
// the standard streams of the system's own ssh (sshconn); at the other end a
// process that sshd starts (stdio), which joins them to the daemon's unix socket;
// and the daemon's half (server). ssh is a child and not a library, because then
// the user's configuration, agent, jump hosts and known hosts all hold. A box
// listens on no port: who reaches its socket has already been let in by sshd or is
// on the machine.
//
// This package itself holds what all of them share: what a box is called, and the
// error of one that cannot be reached. It decides nothing about runs or people.
package tunnel
