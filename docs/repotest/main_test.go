package repotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "mtrlz.dev/perfrun"

// program is perfrun as the command line's own texts are asked of it.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if err := os.Chdir("../.."); err != nil {
			panic(err)
		}
		dir, err := os.MkdirTemp("", "perfrun-repo-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "perfrun")
		build := exec.Command("go", "build", "-o", program, "./cmd/perfrun")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// output runs a command at the repository's root.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files lists what is tracked, or would be, and is there.
func files(t *testing.T) []string {
	t.Helper()
	var found []string
	for file := range strings.SplitSeq(output(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
			found = append(found, file)
		}
	}
	return found
}

// source is one Go file.
type source struct {
	file string
	test bool
	set  *token.FileSet
	ast  *ast.File
}

func (s source) at(node ast.Node) string { return s.set.Position(node.Pos()).String() }

func (s source) dir() string { return filepath.Dir(s.file) }

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	for _, file := range files(t) {
		if filepath.Ext(file) != ".go" || strings.Contains(file, "testdata/") {
			continue
		}
		s := source{file: file, test: strings.HasSuffix(file, "_test.go"), set: token.NewFileSet()}
		var err error
		if s.ast, err = parser.ParseFile(s.set, file, nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		t.Fatal("there are no Go files")
	}
	return found
}
