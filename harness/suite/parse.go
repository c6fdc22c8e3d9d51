package suite

import (
	"fmt"
	"path"
	"strings"

	"mtrlz.dev/perfrun/harness/strict"
)

// fields says for each key of a mapping how its value is read.
type fields = strict.Fields

// decoder reads the parts of a suite.
type decoder struct{ *strict.Decoder }

// Parse reads a suite. path is for messages only. An error is a
// *results.Problem with line and column.
func Parse(path string, text []byte) (*Suite, error) {
	read, root, err := strict.Parse(path, text, strict.Words{
		Name: "suite", Empty: "begin with suite: NAME; perfrun init writes an example",
	})
	if err != nil {
		return nil, err
	}
	d := &decoder{read}
	return d.suite(root)
}

// localPath reads a path that stays in the repository.
func (d *decoder) localPath(what string) func(strict.Node) (string, error) {
	return func(node strict.Node) (string, error) {
		text, err := d.Text(what)(node)
		if err != nil {
			return "", err
		}
		if !isLocal(text) {
			return "", d.Fail(node, fmt.Sprintf("%s %q leads out of the repository", what, text), "give a path from the top of the repository, like ci/test")
		}
		return path.Clean(text), nil
	}
}

func isLocal(text string) bool {
	clean := path.Clean(text)
	return !path.IsAbs(text) && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.Contains(text, "\n")
}

// environment reads NAME: VALUE pairs.
func (d *decoder) environment(node strict.Node) (map[string]string, error) {
	env := map[string]string{}
	err := d.Map(node, "env", func(name string, at, value strict.Node) (err error) {
		if name == "" || strings.ContainsAny(name, "= \t\n\x00") {
			return d.Fail(at, fmt.Sprintf("%q cannot be the name of a variable", name), "use letters, digits and _")
		}
		env[name], err = d.Word("env " + name)(value)
		return err
	})
	if err != nil {
		return nil, err
	}
	return env, nil
}
