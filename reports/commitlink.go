package reports

import (
	"regexp"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// objectName is a commit's name as git gives it, whole or abbreviated. Nothing else is
// put into an address: what else stands in its place is only text.
var objectName = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// webAddress is what a pattern must come to with a commit's name in it: a host, and
// nothing in the path that addresses do not hold.
var webAddress = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!#-;=?-\[\]_a-z~]*)?$`)

// commitURL is where a commit can be read; empty where the pattern is no address of the
// web or the commit has no object name.
func commitURL(pattern string, c results.Commit) string {
	if !objectName.MatchString(c.Rev) || strings.Count(pattern, "%s") != 1 {
		return ""
	}
	address := strings.Replace(pattern, "%s", c.Rev, 1)
	if !webAddress.MatchString(address) {
		return ""
	}
	return address
}
