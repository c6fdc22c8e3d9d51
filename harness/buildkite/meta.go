package buildkite

import (
	"regexp"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// metaData begins the variables that are an agent's own tags, such as its queue.
const metaData = "BUILDKITE_AGENT_META_DATA_"

var plainTag = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// mostTags is how many tags of an agent are kept.
const mostTags = 30

// AgentNotes say which agent it was: its name, and its tags. No number depends on them.
func AgentNotes(env []string) (notes []results.Fact) {
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		tag, isTag := strings.CutPrefix(name, metaData)
		switch {
		case name == "BUILDKITE_AGENT_NAME":
			notes = append(notes, results.Fact{Name: "agent", Value: value})
		case isTag && plainTag.MatchString(tag) && value != "":
			notes = append(notes, results.Fact{Name: "agent " + strings.ToLower(tag), Value: value})
		}
	}
	slices.SortStableFunc(notes, func(a, b results.Fact) int { return strings.Compare(a.Name, b.Name) })
	return notes[:min(len(notes), mostTags)]
}
