package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Between lists the commits that head has and base has not, the newest first: at most
// so many, and how many there are.
func (m *Mirror) Between(ctx context.Context, base, head string, most int) (commits []results.Commit, total int, err error) {
	if !IsObjectName(base) || !IsObjectName(head) {
		return nil, 0, fmt.Errorf("list commits between %q and %q: these are no full names", base, head)
	}
	words, err := m.user().line(ctx, "rev-list", "--count", base+".."+head)
	if err == nil {
		total, err = strconv.Atoi(words)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("count commits between %.12s and %.12s: %w", base, head, err)
	}
	// Fields end with NUL, which no message can hold.
	out, err := m.user().run(ctx, "log", "--no-show-signature", "--encoding=UTF-8", "--max-count="+strconv.Itoa(most), "--date-order", "-z", "--format=%H%x00%an%x00%ct%x00%s", base+".."+head)
	if err != nil {
		return nil, 0, fmt.Errorf("list commits between %.12s and %.12s: %w", base, head, err)
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for ; len(fields) >= 4; fields = fields[4:] {
		seconds, _ := strconv.ParseInt(fields[2], 10, 64)
		commits = append(commits, results.Commit{Rev: fields[0], Author: fields[1], When: time.Unix(seconds, 0).UTC(), Subject: fields[3]})
	}
	return commits, total, nil
}

// IsAncestor reports whether head holds base.
func (m *Mirror) IsAncestor(ctx context.Context, base, head string) bool {
	if !m.Has(ctx, base) || !m.Has(ctx, head) {
		return false
	}
	_, err := m.user().run(ctx, "merge-base", "--is-ancestor", base, head)
	return err == nil
}
