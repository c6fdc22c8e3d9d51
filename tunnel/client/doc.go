// Package client asks a box: over ssh, or over the socket of this machine.
//
// A link may break at any byte, and then nobody knows whether the box has done what
// was asked. So each change has a name under which the box does it once, and each
// request is sent again over a new connection, after a while that is drawn at
// random and grows, until the patience is over. Only then is there an error of the
// link, a *tunnel.Unreachable. What the box itself says is a *results.Problem, and
// is not asked again.
//
// A link that is silent is taken for broken: every answer has a time within which
// something of it must come, and the box says something also where it has nothing
// to say.
//
// A Client stands in for the queue and for the records of the box. It keeps nothing
// on the disk, knows no passwords, and believes what it is told about nobody: who
// asks is for the box to find out.
package client
