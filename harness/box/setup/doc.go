// Package setup makes a box of a plain Debian or Ubuntu with systemd, and takes it
// away again: users, folders, files, units.
//
// Everything is a list of steps, each of which looks first and changes only what is
// not so already: the same again changes nothing, and an installation that was
// interrupted is finished by the next one. Each thing that is done is said. What a
// person may have edited, the configuration above all, is never overwritten; what was
// measured is never removed without being told to.
//
// sshd's settings are tried before sshd reads them: a box behind a tunnel whose sshd
// does not start cannot be mended from afar.
package setup
