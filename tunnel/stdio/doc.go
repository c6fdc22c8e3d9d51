// Package stdio joins an ssh session to the daemon: one end of it runs as
// perfrun dial-stdio where sshd starts it, the other is the daemon's listener on
// a unix socket.
//
// sshd has found out who somebody is, and the forced command of their key tells
// dial-stdio; dial-stdio tells the daemon in one line, the preamble, before it
// copies bytes. Everybody on the machine can write such a line, so the listener
// believes it of two users only, by what the kernel says of the peer: root, and
// the user as whom sshd runs the forced commands. Everybody else on the machine is
// who their user id says, and whoever of them sends a preamble is refused.
//
// Towards the client dial-stdio begins with one line too, the greeting. It tells
// apart that the box was reached and that something else answered, such as a
// shell's start-up file, and it carries why the daemon could not be reached.
//
// The package knows nothing of HTTP but that no request begins with an @.
package stdio
