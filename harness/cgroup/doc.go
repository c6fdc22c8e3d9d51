// Package cgroup finds the cgroup of a process in whatever way this machine mounts
// them: one hierarchy (v2), one a controller (v1), or both.
//
// It only looks. Cgroups that runs are measured in are made by package shield.
package cgroup
