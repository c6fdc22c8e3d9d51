package buildkite

import (
	"fmt"
	"strings"
	"testing"
)

func TestAgentNotes(t *testing.T) {
	notes := AgentNotes([]string{
		"PATH=/bin", metaData + "QUEUE=perf", "BUILDKITE_AGENT_NAME=a=b", metaData + "AWS_INSTANCE_TYPE=c5.2xlarge", metaData + "=x", metaData + "<B>=x", metaData + "EMPTY=",
		"BUILDKITE_AGENT_ACCESS_TOKEN=secret",
	})
	if got := fmt.Sprint(notes); got != "[{agent a=b} {agent aws_instance_type c5.2xlarge} {agent queue perf}]" {
		t.Errorf("%s", got)
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("%sT%d=%s", metaData, i, strings.Repeat("x", 100)))
	}
	if got := len(AgentNotes(many)); got != mostTags {
		t.Errorf("%d tags are kept", got)
	}
}
