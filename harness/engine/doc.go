// Package engine runs the two kinds of process that a measurement needs, a build
// and a sampler, behind one interface: Docker does it in the pipeline's image,
// Host on this machine as it is.
//
// The interface is no larger than the harness needs, because the Docker client
// library is young and changes often: nothing outside this package sees its
// types. The package decides nothing about measuring. It promises that nothing
// it started outlives the run: a sampler ends when its pipe closes and its
// container removes itself, and what a killed perfrun could not remove is
// labelled with its owner and swept away at the next start, that and only that.
package engine
