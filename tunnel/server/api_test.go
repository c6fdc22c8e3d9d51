package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// sections are the parts of docs/API.md by their heading, the last level of them.
func sections(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(text), "\n#") {
		heading, body, _ := strings.Cut(strings.TrimLeft(part, "# "), "\n")
		if _, twice := found[heading]; twice {
			t.Errorf("%q is there twice", heading)
		}
		found[heading] = body
	}
	return found
}

// named is how the document calls a type.
func named(value any) string {
	kind := reflect.TypeOf(value)
	switch {
	case value == nil:
		return "none"
	case kind == reflect.TypeFor[[]byte]():
		return "bytes"
	case kind.Kind() == reflect.Map:
		return "JSON"
	case kind.Kind() == reflect.Slice:
		return "list of " + named(reflect.Zero(kind.Elem()).Interface())
	}
	return fmt.Sprintf("[%s](#%s)", kind.Name(), strings.ToLower(kind.Name()))
}

// Every endpoint is described as it is, and none that there is not.
func TestEndpointsAreDocumented(t *testing.T) {
	parts := sections(t)
	var known []string
	for _, route := range boxtest.Start(t).Server.Routes() {
		heading := route.Method + " " + route.Path
		known = append(known, heading)
		query := "none"
		if len(route.Query) > 0 {
			query = "`" + strings.Join(route.Query, "`, `") + "`"
		}
		line := fmt.Sprintf("\nRole: %s. Query: %s. Body: %s. Answer: %s.\n", route.Role, query, named(route.Takes), named(route.Gives))
		if part := parts[heading]; !strings.HasPrefix(part, line) || !strings.Contains(part, "\nErrors: ") {
			t.Errorf("### %s\n%s\nErrors: ...\nis not in docs/API.md but\n%s", heading, line, part)
		}
	}
	for heading := range parts {
		if strings.Contains(heading, " /") && !slices.Contains(known, heading) {
			t.Errorf("docs/API.md describes %q, which there is not", heading)
		}
	}
}

// fields lists the names of a struct's fields in JSON, of embedded ones as well,
// and the structs that they hold.
func fields(kind reflect.Type) (names []string, held []reflect.Type) {
	for field := range kind.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		of := field.Type
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		switch {
		case name == "-":
			continue
		case !field.Anonymous:
			names = append(names, name)
		}
		if of.Kind() == reflect.Struct && of.PkgPath() != "time" {
			held = append(held, of)
		}
	}
	return names, held
}

// Every field of what travels is described, but for those of whole runs, which are
// described where they are exported.
func TestTypesAreDocumented(t *testing.T) {
	parts := sections(t)
	seen := map[reflect.Type]bool{reflect.TypeFor[results.Run](): true, reflect.TypeFor[results.Record](): true}
	var look func(kind reflect.Type)
	look = func(kind reflect.Type) {
		for kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if seen[kind] || kind.Kind() != reflect.Struct {
			return
		}
		seen[kind] = true
		names, held := fields(kind)
		for _, name := range names {
			if !strings.Contains(parts[kind.Name()], "\n| `"+name+"` | ") {
				t.Errorf("docs/API.md does not name field %s of %s", name, kind)
			}
		}
		for _, kind := range held {
			look(kind)
		}
	}
	look(reflect.TypeFor[wire.Problem]())
	for _, route := range boxtest.Start(t).Server.Routes() {
		for _, value := range []any{route.Takes, route.Gives} {
			if value != nil {
				look(reflect.TypeOf(value))
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}

// Every status that is answered, and every header of ours, is described.
func TestStatusesAndHeadersAreDocumented(t *testing.T) {
	parts := sections(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`http\.Status([A-Z]\w+)`).FindAllStringSubmatch(string(text), -1) {
			used[match[1]] = true
		}
	}
	for code := range 600 {
		name := strings.ReplaceAll(http.StatusText(code), " ", "")
		described := strings.Contains(parts["Errors"], fmt.Sprintf("\n| %d | ", code))
		if described != (name != "" && used[name]) {
			t.Errorf("%d %s: described is %v", code, name, described)
		}
	}
	for _, header := range []string{wire.HeaderVersion, wire.HeaderProgram, wire.HeaderRequest, wire.HeaderChunkSum, wire.HeaderLogSize, wire.HeaderLogFinal} {
		if !strings.Contains(parts["Requests"], "\n| `"+header+"` | ") {
			t.Errorf("docs/API.md does not name %s", header)
		}
	}
}
