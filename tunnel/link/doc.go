// Package link finds out whether the tunnel to a box is up, and whether it leads to
// this box.
//
// It goes the way that people go: to the relay's public address and port, and asks
// whatever answers there for its host keys, as ssh-keyscan does. From the box, which
// knows its own keys, that is proof: somebody answers with the key of this machine.
// From elsewhere the key is compared with the one that ssh knows. That a process of
// autossh runs proves nothing, and is not asked.
//
// What is wrong is told apart by how it fails: the relay has no address, does not
// answer, refuses the port (nobody holds the tunnel), accepts and says nothing (the
// relay still holds the end of a dead tunnel), or answers with another key.
//
// Watch asks again and again and keeps a small history of cuts in a file, which
// outlives the daemon.
package link
