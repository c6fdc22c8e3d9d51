// Package repotest holds this repository to its own rules: which package may
// import which, how long a function may be, what is documented, and that the
// documents name commands and exit codes that exist.
//
// It is tests only, apart from every package, because the rules are about all of
// them. It asks Go's own tools and the built program instead of keeping lists of
// its own; taste that a machine cannot judge is left to people.
package repotest
