package site

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// longestSlug keeps addresses short; what tells them apart is the digest behind it.
const longestSlug = 48

// key names something in an address, for good: letters and digits of its parts that
// people can read, and a digest of all of them, so that hostile, long and similar names
// have addresses of their own.
func key(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return slug(strings.Join(parts, " ")) + hex.EncodeToString(sum[:5])
}

func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case b.Len() >= longestSlug:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if text := strings.TrimSuffix(b.String(), "-"); text != "" {
		return text + "-"
	}
	return ""
}

// historyKey is the address of a history: one metric of one benchmark of a branch, on
// hosts of every class.
func historyKey(s results.Series) string {
	return key(s.Suite, s.Benchmark, s.Metric.Case, s.Metric.Name, s.Metric.Unit, string(s.Metric.Better), s.Branch)
}

func historyAddress(s results.Series) string { return "history/" + historyKey(s) + ".html" }

func suiteAddress(suite string) string { return "suites/" + key(suite) + ".html" }

func machineAddress(class string) string { return "machines/" + key(class) + ".html" }

// runAddress is the address of a run's page. Ids are the program's own words; what is
// none, from a file that somebody wrote, gets a key.
func runAddress(id string) string { return "runs/" + runName(id) + ".html" }

func runName(id string) string {
	for _, r := range id {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return key(id)
		}
	}
	if id == "" || len(id) > 80 {
		return key(id)
	}
	return id
}
