// Package config reads how a machine is configured: how quiet runs make it, which
// knobs are left alone or demanded, and what it must be like before a run begins.
//
// It is one file for the whole machine, apart from perf.yml, because the machine's
// owner decides about it and the repository under test must not: a suite can
// demand quiet, but never say what is done for it. The defaults change nothing
// outside a run's own containers; declaring a machine a box is one line,
// quiet: isolate.
//
// The file decides what root does. So it is refused when somebody else could have
// written it, and wholly when one value in it is not understood. Nothing here
// looks at the machine, and nothing is taken from the environment.
package config
