// Package chart draws the pictures of a report as SVG text: intervals on a
// common axis, samples in the order taken, the distribution of both sides, and
// the history of one benchmark over commits, wide or as one of many.
//
// It is our own, and small, because a report must be one file that prints,
// opens offline and says everything without scripts. Geometry is computed here,
// colours are left to the page's style sheet, and every picture carries a text
// alternative. Shapes differ as well as colours, so that no meaning hangs on
// colour alone.
//
// A picture never holds more than it can show: of many points, Downsample keeps
// the extremes of every column. What a script may do with a history (see
// reports/assets) is enhancement: the picture is complete without it.
//
// It refuses to let a number that is not finite reach the SVG: every coordinate
// passes through one function, and every position is held inside the picture.
// It knows neither runs nor verdicts, only points and labels.
package chart
