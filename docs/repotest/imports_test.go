package repotest

import (
	"slices"
	"strings"
	"testing"
)

// under reports whether a package or a folder's file is in one of the trees.
func under(name string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return name == tree || strings.HasPrefix(name, tree+"/") })
}

// imports maps each package, without the module's name, to what it imports
// outside of tests; packages of this module lose the name there too.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for line := range strings.Lines(output(t, "go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")) {
		fields := strings.Fields(strings.ReplaceAll(line, module+"/", ""))
		all[fields[0]] = fields[1:]
	}
	return all
}

// Imports point one way: cmd -> {harness, reports, tunnel} -> results.
func TestImportDirection(t *testing.T) {
	may := map[string][]string{
		"cmd":     {"cmd", "harness", "reports", "results", "tunnel"},
		"harness": {"harness", "results"},
		"reports": {"reports", "results"},
		"results": {"results"},
		"tunnel":  {"results", "tunnel"},
		"docs":    {},
	}
	own := []string{"cmd", "harness", "reports", "results", "docs", "examples", "tunnel"}
	for name, list := range imports(t) {
		tree, _, _ := strings.Cut(name, "/")
		allowed, known := may[tree]
		if !known {
			t.Errorf("%s is in none of the trees", name)
		}
		for _, imported := range list {
			if under(imported, own...) && !under(imported, allowed...) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}

// What is judged and what is drawn depends on nothing but what is given.
func TestPurePackages(t *testing.T) {
	pure := 0
	for name, list := range imports(t) {
		if !under(name, "results/verdict", "reports") {
			continue
		}
		pure++
		for _, imported := range list {
			if imported == "net/url" {
				continue // takes addresses apart, and connects to none
			}
			if under(imported, "os", "net", "database", "syscall", "io/ioutil", "log", "golang.org/x/sys", "results/store") {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
	if pure < 2 {
		t.Errorf("only %d packages looked at", pure)
	}
}

// SQL is one package's business, and Docker's client library another's.
func TestConfined(t *testing.T) {
	home := map[string]string{
		"database/sql": "results/store", "github.com/jmoiron/sqlx": "results/store", "github.com/mattn/go-sqlite3": "results/store",
		"github.com/moby/moby/client": "harness/engine", "github.com/moby/moby/api": "harness/engine",
		"github.com/spf13/cobra": "cmd/perfrun",
	}
	for name, list := range imports(t) {
		for _, imported := range list {
			for library, owner := range home {
				if under(imported, library) && name != owner {
					t.Errorf("%s imports %s, which only %s may", name, imported, owner)
				}
			}
		}
	}
}
