package image

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/buildkite/go-pipeline/ordered"
)

// get returns a value of a mapping as Buildkite's parser gives it.
func get(config any, key string) (any, bool) {
	switch m := config.(type) {
	case *ordered.MapSA:
		return m.Get(key)
	case map[string]any:
		value, ok := m[key]
		return value, ok
	}
	return nil, false
}

func stringAt(config any, key string) (string, error) {
	value, ok := get(config, key)
	if !ok {
		return "", fmt.Errorf("it has no %s", key)
	}
	text, isString := value.(string)
	if !isString || text == "" {
		return "", fmt.Errorf("its %s is no text", key)
	}
	return text, nil
}

// configFiles reads the docker-compose plugin's config: one file, a list, or the
// default.
func configFiles(config any) ([]string, error) {
	value, ok := get(config, "config")
	if !ok {
		return []string{"docker-compose.yml"}, nil
	}
	list := []any{value}
	if many, isList := value.([]any); isList {
		list = many
	}
	var files []string
	for _, one := range list {
		file, isText := one.(string)
		if !isText || !local(file) {
			return nil, fmt.Errorf("its config %s is no file of the repository", clip(fmt.Sprintf("%q", fmt.Sprint(one))))
		}
		files = append(files, path.Clean(file))
	}
	if len(files) == 0 {
		return nil, errors.New("its config is empty")
	}
	return files, nil
}

// local reports whether a path stays in the repository.
func local(file string) bool {
	clean := path.Clean(file)
	return file != "" && !path.IsAbs(file) && clean != ".." && !strings.HasPrefix(clean, "../")
}

// quoteAll lists names; they are data, so they are quoted.
func quoteAll(names []string) string {
	if len(names) == 0 {
		return "nothing: there is none"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(slices.Compact(quoted), ", ")
}
