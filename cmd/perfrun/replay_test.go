package main

import (
	"testing"
)

// TestReplay: what a replay says, by how the digests compare, and when it fails.
func TestReplay(t *testing.T) {
	check := func(what string, r replayJSON, fails bool) {
		t.Helper()
		if err := r.conclude(); (err != nil) != fails {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("not recorded", replayJSON{Digest: "a"}, false)
	check("the same", replayJSON{Digest: "a", Judged: "a", Method: "m", Recorded: "m"}, false)
	check("another method", replayJSON{Digest: "a", Judged: "b", Method: "m", Recorded: "l"}, false)
	check("differently", replayJSON{Digest: "a", Judged: "b", Method: "m", Recorded: "m"}, true)
}
