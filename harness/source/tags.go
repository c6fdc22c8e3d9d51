package source

import (
	"context"
	"fmt"
	"strings"
)

// Tags returns the names of the tags that fit a pattern such as "v*", by the commit that
// each names. Of several at one commit it is the last by name.
func (m *Mirror) Tags(ctx context.Context, pattern string) (map[string]string, error) {
	out, err := m.user().run(ctx, "for-each-ref", "--format=%(objectname)%00%(*objectname)%00%(refname:strip=2)", "refs/tags/"+pattern)
	if err != nil {
		return nil, fmt.Errorf("list tags %q: %w", pattern, err)
	}
	tags := map[string]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\x00")
		if len(fields) != 3 {
			continue
		}
		rev := fields[0]
		if fields[1] != "" { // an annotated tag is an object of its own
			rev = fields[1]
		}
		tags[rev] = fields[2]
	}
	return tags, nil
}
