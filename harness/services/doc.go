// Package services brings up what a benchmark needs beside itself, a database or a
// cache, as a compose file of the repository describes it, and takes it away again
// whatever happened meanwhile.
//
// Compose is run as a program: as a library it promises nothing. It is run twice.
// First it resolves the file, without the Docker daemon and with an environment of
// ours: variables, extended services, environment files. The result is checked key
// by key against what is known to be harmless, changed into what may run beside
// another side of itself on CPUs of our choice, and given back to Compose through its
// standard input. So what was checked is what is run, and nothing but memory holds it.
//
// A compose file is a stranger's. Keys that reach into the machine (privileged,
// devices, host networks, paths outside the side's tree) are refused unless the
// machine's owner grants them; keys that nobody here knows are refused as well. What
// would collide between two sides (names of containers, networks and volumes, ports)
// is left out and said, or refused where leaving it out would not work.
//
// There is one network a project, so that a benchmark that joins it reaches every
// service by its name. It leads nowhere else. Health checks are Docker's: they decide when a service is up,
// and go on at their interval afterwards, which Up says.
package services
