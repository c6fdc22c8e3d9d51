// Package buildkite is the Buildkite build that perfrun is a step of: what its
// environment says, and what its agent's program can be asked to do.
//
// What a build is about comes from whoever pushed: branch names and messages are data
// here. The agent is asked through its own program, never through an API of ours, with
// everything that may be long or hostile on standard input. An agent that cannot
// annotate is said and is no failure of a measurement.
package buildkite
