package assets

import (
	"regexp"
	"strings"
	"testing"
)

// TestScript holds what a strict content security policy and a reader want.
func TestScript(t *testing.T) {
	banned := regexp.MustCompile(`\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|fetch\(|XMLHttp|import\b|</script`)
	check := func(name, script string, most int) {
		t.Helper()
		if n := strings.Count(script, "\n"); n >= most {
			t.Errorf("%s has %d lines, want fewer than %d", name, n, most)
		}
		if found := banned.FindAllString(script, -1); found != nil {
			t.Errorf("%s uses %q", name, found)
		}
	}
	check("history.js", HistoryScript, 330)
	check("run.js", RunScript, 250)
	if strings.Contains(HistoryStyle, "url(") || strings.Contains(HistoryStyle, "@import") || strings.Contains(HistoryStyle, "</style") {
		t.Error("history.css loads something")
	}
	// The hash of nothing is well known.
	if got := Hash(""); got != "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
		t.Errorf("hash %s", got)
	}
}
