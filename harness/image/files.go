package image

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"mtrlz.dev/perfrun/results"
)

// Lookup reads a file of the commit, by its slash-separated path from the
// repository's top; errors.Is(err, fs.ErrNotExist) tells a missing one.
type Lookup func(path string) ([]byte, error)

// List names every file of the commit, as Lookup takes them.
type List func() ([]string, error)

// maxFile is far above any pipeline, in bytes; it bounds what a parser is fed.
const maxFile = 1 << 20

func readFile(read Lookup, path, why string) ([]byte, error) {
	text, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &results.Problem{Kind: results.BadInput, Where: path, What: "the commit has no such file; " + why, Next: "correct the path", Err: err}
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(text) > maxFile:
		return nil, &results.Problem{Kind: results.BadInput, Where: path, What: fmt.Sprintf("it is larger than %d KiB", maxFile>>10), Next: "name a pipeline or compose file"}
	}
	return text, nil
}

// withPipelines adds to the error of a missing file which pipelines there are.
func withPipelines(err error, list []List) error {
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || len(list) == 0 || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	files, listErr := list[0]()
	if listErr != nil {
		return err // the list is a courtesy; the missing file is the news
	}
	files = slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !isPipeline(file) })
	slices.Sort(files)
	const most = 10
	problem.Next = "name one of the pipelines that are there: " + quoteAll(files[:min(most, len(files))])
	return problem
}

// isPipeline tells by the usual names.
func isPipeline(file string) bool {
	extension := path.Ext(file)
	base := strings.TrimSuffix(path.Base(file), extension)
	known := strings.Contains(base, "pipeline") || base == "buildkite" || path.Base(path.Dir(file)) == ".buildkite"
	return known && (extension == ".yml" || extension == ".yaml")
}

// syntax is the error of a file that cannot be read. The parser's own words name
// the line.
func syntax(path, kind string, trouble any) error {
	what := strings.Join(strings.Fields(strings.TrimPrefix(fmt.Sprint(trouble), "yaml: ")), " ")
	return &results.Problem{Kind: results.BadInput, Where: path, What: "it cannot be read as a " + kind + ": " + clip(what), Next: "correct the file"}
}

// child returns a mapping's value, with the line of its key; nil if it has none.
// Merged keys are not followed: this only serves to say where things stand.
func child(node *yaml.Node, key string) (value *yaml.Node, line int) {
	node = target(node)
	if node == nil || node.Kind != yaml.MappingNode {
		return nil, 0
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return target(node.Content[i+1]), node.Content[i].Line
		}
	}
	return nil, 0
}

// target looks through an alias and through the document around a tree.
func target(node *yaml.Node) *yaml.Node {
	switch {
	case node != nil && node.Kind == yaml.AliasNode:
		return node.Alias
	case node != nil && node.Kind == yaml.DocumentNode && len(node.Content) == 1:
		return node.Content[0]
	}
	return node
}
