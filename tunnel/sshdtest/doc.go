// Package sshdtest gives tests a real sshd on the loopback, with keys and a
// configuration of its own, and a program that is the system's ssh as a user with
// the right key and known host would have it.
//
// The test listens, and starts an sshd for each connection (sshd -i): so there is
// no daemon to be left over and no port to be guessed, and a test can refuse, count
// and cut connections. It is for tests only; no program imports it.
package sshdtest
