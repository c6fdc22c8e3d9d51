// Package shield takes CPUs from everybody else on the machine and gives them to
// one cgroup, in which the containers of a run are made.
//
// What a kernel offers differs, so there is a declared order: with cgroup v2 a
// partition, isolated for benchmarks of one CPU (nothing is balanced inside) and
// root for those of several; where that cannot be had and systemd runs, its
// slices are kept to the other CPUs; with cgroup v1 an exclusive cpuset, and all
// tasks that can be moved are moved aside. The cgroup is made before Docker would
// make one of that name, with all CPUs, and is taken away after its containers.
//
// A write that succeeds proves nothing: the state is read back, and again
// whenever Verify is asked. What was reached and why not more is part of the
// result. Everything goes through the journal. The package never makes a weaker
// state look like a stronger one, and it leaves nothing half raised: a step that
// fails undoes what led to it.
package shield
