package repotest

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestPackageComments(t *testing.T) {
	comments, packages := map[string][]string{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		packages[s.dir()] = true
		if s.ast.Doc != nil {
			comments[s.dir()] = append(comments[s.dir()], filepath.Base(s.file))
		}
	}
	for dir := range packages {
		if len(comments[dir]) != 1 {
			t.Errorf("%s has its package comment in %v, want one file", dir, comments[dir])
		}
	}
}

// exported calls see for every exported name of a declaration, with its comment.
func exported(decl ast.Decl, see func(name *ast.Ident, documented bool)) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || receiver(d).IsExported()) {
			see(d.Name, d.Doc != nil)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					see(s.Name, s.Doc != nil || d.Doc != nil && len(d.Specs) == 1)
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() { // a group may be documented as one
						see(name, s.Doc != nil || s.Comment != nil || d.Doc != nil)
					}
				}
			}
		}
	}
}

func receiver(f *ast.FuncDecl) *ast.Ident {
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok {
		kind = index.X
	}
	return kind.(*ast.Ident)
}

func TestDocumented(t *testing.T) {
	total, bare := 0, []string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, decl := range s.ast.Decls {
			exported(decl, func(name *ast.Ident, documented bool) {
				total++
				if !documented {
					bare = append(bare, s.at(name)+" "+name.Name)
				}
			})
		}
	}
	if len(bare)*10 > total {
		t.Errorf("%d of %d exported names have no comment:\n%s", len(bare), total, strings.Join(bare, "\n"))
	}
}

// Short functions: half of them within 15 lines, none above 100.
func TestFunctionLengths(t *testing.T) {
	var lengths []int
	for _, s := range sources(t) {
		for _, decl := range s.ast.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if lines > 100 {
				t.Errorf("%s: %s has %d lines", s.at(f), f.Name.Name, lines)
			}
			if !s.test {
				lengths = append(lengths, lines)
			}
		}
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median > 15 {
		t.Errorf("half of the functions have %d lines or more, want 15", median)
	}
}

// Whatever is left to do belongs into an issue, not into the code.
func TestNothingLeftOver(t *testing.T) {
	// Written so that this file does not hold them.
	words := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	for _, file := range files(t) {
		text := ""
		if ext := filepath.Ext(file); ext == ".go" || ext == ".sh" {
			text = read(t, file)
		} else if ext == "" {
			if text = read(t, file); !strings.HasPrefix(text, "#!") && file != "Makefile" {
				continue
			}
		}
		for i, line := range strings.Split(text, "\n") {
			if word := words.FindString(line); word != "" {
				t.Errorf("%s:%d: %s", file, i+1, word)
			}
		}
	}
}

// A test that does not run says nothing.
func TestNoSkips(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if ok && s.test && slices.Contains([]string{"Skip", "Skipf", "SkipNow", "Short"}, method.Sel.Name) {
				t.Errorf("%s: %s", s.at(call), method.Sel.Name)
			}
			return true
		})
	}
}
