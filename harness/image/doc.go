// Package image finds out which container image a commit is measured in: the one
// that its own pipeline file uses.
//
// The pipeline is parsed with Buildkite's own parser and read as the agent would
// run it: the step is found by key or label, its image comes from the docker
// plugin, or from the service that the docker-compose plugin runs. Files are read
// through a function, because they are the commit's and not the working tree's.
//
// The package guesses nothing: a step, service or variable that is missing or
// ambiguous is an error that lists what there is. It reads no .env file beside a
// compose file, because such files are rarely committed, and nothing of the
// environment of this process. Files are other people's: what a file can cost is
// bounded by its size, by the parser's own limits on depth and aliases, and by a
// limit on what variables may grow to. Turning the name into a digest is the
// engine's work.
package image
