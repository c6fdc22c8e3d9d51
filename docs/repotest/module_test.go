package repotest

import (
	"encoding/json"
	"strings"
	"testing"
)

// goMod is what `go mod edit -json` prints of a go.mod.
type goMod struct {
	Require []struct {
		Path     string
		Indirect bool
	}
	Replace []struct{ Old struct{ Path string } }
}

// What is built is what the module's file names, and why each library is there
// is written down.
func TestModule(t *testing.T) {
	var mod goMod
	if err := json.Unmarshal([]byte(output(t, "go", "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	for _, replace := range mod.Replace {
		t.Errorf("%s is replaced", replace.Old.Path)
	}
	decisions := read(t, "docs/DECISIONS.md")
	for _, require := range mod.Require {
		if !require.Indirect && !strings.Contains(decisions, require.Path) {
			t.Errorf("docs/DECISIONS.md does not name %s", require.Path)
		}
	}
}
