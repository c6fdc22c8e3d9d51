// Package beside sets hosts of several classes beside each other that compared the
// same two commits: the quiet machine in the office, and rented ones in the cloud. It
// says of each benchmark whether they agree, and where they do not, whether the
// noisier one could have seen what the other saw; and over many commits, which
// benchmarks a class is good enough for.
//
// It works from comparisons that were judged already, one host at a time, and pools
// no samples: hosts differ in more than noise, so only changes can be set beside each
// other, never times. The first host is the one that decides; nothing here turns
// its verdict round.
//
// It refuses to call a class good enough after a few commits, or because it was
// silent: an interval that is wider than the change that matters has seen nothing.
package beside
