package services

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// precheck looks at a compose file before Compose does: at what Compose would read
// because the file says so. An environment file that is a link to somebody's
// secrets would else end in a container or in a message.
type precheck struct {
	tree     string
	profiles []string
	texts    []string // of the files that were read
	seen     map[string]bool
}

// maxExtended bounds the files that extend each other.
const maxExtended = 50

// file checks a file of the tree and those that its services extend.
func (c *precheck) file(path string) error {
	shown := path
	if relative, err := filepath.Rel(c.tree, path); err == nil && filepath.IsAbs(path) {
		shown = relative
	}
	real, text, err := readInside(c.tree, path)
	if err != nil {
		problem := refusal(shown, "", fmt.Sprintf("it cannot be read: %v", err), "name a compose file of the repository")
		problem.Err = err
		return problem
	}
	if c.seen[real] {
		return nil
	}
	c.seen[real], c.texts = true, append(c.texts, string(text))
	if len(c.seen) > maxExtended {
		return refusal(shown, "extends", "too many files extend each other", "merge some of them")
	}
	file, err := parse(text)
	if err != nil {
		return refusal(shown, "", err.Error(), "docker compose config tells more")
	}
	if file["include"] != nil {
		return refusal(shown, "include", "files that include others are not read", "merge them into one")
	}
	return c.services(shown, filepath.Dir(real), table(file["services"]))
}

func (c *precheck) services(shown, dir string, services map[string]any) error {
	if len(services) == 0 {
		return refusal(shown, "services", "there are none", "list the services below the key services")
	}
	for _, name := range sorted(services) {
		service := table(services[name])
		for _, profile := range list(service["profiles"]) {
			if text, ok := profile.(string); ok && !slices.Contains(c.profiles, text) {
				c.profiles = append(c.profiles, text)
			}
		}
		for _, env := range list(service["env_file"]) {
			path, isText := env.(string)
			if !isText {
				path, isText = table(env)["path"].(string)
			}
			if err := c.named(shown, name, "env_file", dir, path, isText); err != nil {
				return err
			}
		}
		for _, label := range list(service["label_file"]) {
			path, isText := label.(string)
			if err := c.named(shown, name, "label_file", dir, path, isText); err != nil {
				return err
			}
		}
		extends := table(service["extends"])
		if extends["file"] == nil {
			continue
		}
		path, isText := extends["file"].(string)
		if err := c.named(shown, name, "extends.file", dir, path, isText); err != nil {
			return err
		}
		if err := c.extended(shown, name, dir, path); err != nil {
			return err
		}
	}
	return nil
}

// named checks the path of a file that Compose would read.
func (c *precheck) named(shown, service, key, dir, path string, isText bool) error {
	key = "services." + service + "." + key
	if !isText || path == "" {
		return refusal(shown, key, "it names no file", "give the path of a file of the repository")
	}
	if strings.ContainsAny(path, "$~") || filepath.IsAbs(path) {
		return refusal(shown, key, fmt.Sprintf("%q may be any file of this machine", path), "give a path relative to the compose file, without variables")
	}
	if _, _, err := inside(c.tree, filepath.Join(dir, path)); err != nil {
		return refusal(shown, key, fmt.Sprintf("%q: %v", path, err), "name a file of the repository")
	}
	return nil
}

// extended checks the path of a file that another extends. Compose must read the one
// that is checked here: what looks like an address it fetches, and what a file beyond a
// link names it looks for beside the link.
func (c *precheck) extended(shown, service, dir, path string) error {
	key := "services." + service + ".extends.file"
	if strings.Contains(path, ":") || strings.HasPrefix(path, "github.com/") {
		return refusal(shown, key, fmt.Sprintf("%q may be an address to fetch from", path), "name a file of the repository, beginning with ./")
	}
	if real, _, err := inside(c.tree, filepath.Join(dir, path)); err != nil || real != filepath.Join(dir, path) {
		return refusal(shown, key, fmt.Sprintf("%q is a link, or leads over one", path), "name the file itself")
	}
	return c.file(filepath.Join(dir, path))
}

// parse reads one YAML document. Its parser bounds what aliases multiply.
func parse(text []byte) (file map[string]any, err error) {
	// The parser is kept from taking the program with it.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("not YAML: %v", fault)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root any
	if err := decoder.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("not YAML of a compose file: %w", err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has more than one document")
	}
	return table(plain(root)), nil
}

// plain gives every mapping keys that are text: a number among them must not hide
// the others.
func plain(value any) any {
	switch found := value.(type) {
	case map[string]any:
		for key, each := range found {
			found[key] = plain(each)
		}
		return found
	case map[any]any:
		texts := make(map[string]any, len(found))
		for key, each := range found {
			texts[fmt.Sprint(key)] = plain(each)
		}
		return texts
	case []any:
		for i, each := range found {
			found[i] = plain(each)
		}
	}
	return value
}

// table is a mapping of the parsed file; of anything else, an empty one.
func table(value any) map[string]any {
	found, _ := value.(map[string]any)
	return found
}

// list is a list of the parsed file; a value that stands alone is a list of one.
func list(value any) []any {
	switch found := value.(type) {
	case nil:
		return nil
	case []any:
		return found
	default:
		return []any{found}
	}
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
