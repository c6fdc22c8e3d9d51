// Package units writes what a box and its relay are set up with: systemd's units for
// the daemon, for putting the machine back after a boot, for backups and for the
// tunnel, and the settings of both machines' sshd.
//
// Each line that is there for a reason says it in the line above: whoever reads the
// file on the machine, years later, has nothing else. The package writes text and
// touches no file; perfrun box install puts it where it belongs, and perfrun tunnel
// units prints it for those who would rather do that themselves.
//
// What goes into a unit or into sshd's configuration is read by programs that run as
// root, so that values which could be a second setting are refused.
package units
