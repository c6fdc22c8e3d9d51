// Package steady says whether measurements keep still: how many first values are
// warm-up, whether they settle at all, whether they resemble their predecessors,
// whether they fall into two groups.
//
// Warm-up is found where the data show it, by change points as Barrett and others
// do for virtual machines, and not by a number somebody guessed. What is found for
// both sides together is left out of both, so that nobody gains by it. What never
// settles is named and not averaged away.
//
// Everything is a pure function of the values; where chance is needed it is seeded
// by how many there are. Larger values are taken for slower ones, so that of a
// metric that is better when higher, a warm-up is Slowing. The package prefers to
// see nothing where there is little: noise is estimated so that neither outliers
// nor skew nor a coarse clock pass for a pattern, and what differs by less than 1 %
// is not looked at. It leaves out nothing itself and gives no verdict.
package steady
