package buildkite

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mtrlz.dev/perfrun/results"
)

// Build is what the environment says of a build.
type Build struct {
	ID          string // the same in every retry of a job
	Job         string
	Number      string
	URL         string // empty: it is none that a browser could open
	Commit      string // full name
	Branch      string
	Tag         string // empty: none
	PullRequest int    // its number; 0: this is none
	Target      string // the branch that a pull request is for; else empty
	Default     string // the pipeline's main branch
	Retry       int    // how often this job was retried
}

var (
	uuid   = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	commit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

	webAddress = regexp.MustCompile(`^https?://[!-~]{1,990}$`)
)

// Read reads the environment, or says which variable is missing or wrong.
func Read(lookup func(string) string) (b Build, err error) {
	if lookup("BUILDKITE") != "true" {
		return b, bad("BUILDKITE", "this is no step of a Buildkite build", "call perfrun run or perfrun submit instead")
	}
	b = Build{
		ID: lookup("BUILDKITE_BUILD_ID"), Job: lookup("BUILDKITE_JOB_ID"), Number: lookup("BUILDKITE_BUILD_NUMBER"), URL: lookup("BUILDKITE_BUILD_URL"),
		Commit: lookup("BUILDKITE_COMMIT"), Branch: lookup("BUILDKITE_BRANCH"), Tag: lookup("BUILDKITE_TAG"),
		Target: lookup("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), Default: lookup("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
	}
	for name, id := range map[string]string{"BUILDKITE_BUILD_ID": b.ID, "BUILDKITE_JOB_ID": b.Job} {
		if !uuid.MatchString(id) {
			return b, bad(name, fmt.Sprintf("it is %.60q, which is no id", id), "the agent sets it: has the step's container got it (the docker plugin's propagate-environment)?")
		}
	}
	if !commit.MatchString(b.Commit) {
		return b, bad("BUILDKITE_COMMIT", fmt.Sprintf("it is %.60q, which is no full name of a commit", b.Commit), "build a commit, or check out before this step so that the agent fills it in")
	}
	if text := lookup("BUILDKITE_PULL_REQUEST"); text != "" && text != "false" {
		if b.PullRequest, err = strconv.Atoi(text); err != nil || b.PullRequest <= 0 {
			return b, bad("BUILDKITE_PULL_REQUEST", fmt.Sprintf("it is %.60q, which is no number", text), "")
		}
	}
	if !webAddress.MatchString(b.URL) {
		b.URL = "" // nothing depends on it
	}
	b.Retry, _ = strconv.Atoi(lookup("BUILDKITE_RETRY_COUNT")) // absent in the first try
	return b, nil
}

func bad(where, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}

// OnMain reports whether the build is of the main branch itself.
func (b Build) OnMain() bool { return b.PullRequest == 0 && b.Branch != "" && b.Branch == b.Default }

// mostLine bounds the name of a branch in an order, in bytes.
const mostLine = 255

// Line names what a newer commit of takes the place of an older one. A pull request's
// branch may be a fork's, with the name of any other: its number tells them apart. A
// name that is no short line of plain text is told by its digest.
func (b Build) Line() string {
	name := b.Branch
	if len(name) > mostLine || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		name = fmt.Sprintf("branch %x", sha256.Sum256([]byte(name)))
	}
	if b.PullRequest > 0 {
		return fmt.Sprintf("%s (pull request %d)", name, b.PullRequest)
	}
	return name
}

// Priority is how urgent the build's run is.
func (b Build) Priority() results.Priority {
	switch {
	case b.Tag != "":
		return results.PriorityRelease
	case b.OnMain():
		return results.PriorityMain
	}
	return results.PriorityPull
}
