// Package source lays out which source is measured: a bare mirror of the user's
// repository, and one worktree a side.
//
// The user's repository is only read. The mirror makes runs independent of what
// happens there meanwhile; a worktree that stays between runs keeps its ignored
// files, so that a warm target folder saves most of a build. git itself is the
// library: it is called as a child, with hooks off, prompts off, and every
// revision behind --end-of-options, because revisions and paths are the user's.
//
// A build may call git too, so the worktree's .git file must lead somewhere: the
// mirror is mounted read-only at its own path (GitDir). Everything here can be
// deleted and is made again; what a killed run left half made is replaced.
package source
