// Package notify tells others of a verdict: GitHub by a commit status, anybody by a
// signed webhook. Both are one small HTTP call, off unless they are configured.
//
// Secrets come from the environment or from a file that nobody else can read, never
// from a command line, and show themselves in no log, error or page. A redirect is not
// followed, because it would take the secret elsewhere. What cannot be delivered for
// now is tried again for a while, with a name by which a receiver can tell a repeat; that
// it was not delivered is said, and is no failure of a measurement.
package notify
