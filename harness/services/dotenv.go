package services

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// variables are what a compose file may be filled in with: what .env beside it says, and
// what the suite says, which wins. They reach Compose in a file of ours and never through
// its environment, where a variable may change what programs do (OPENSSL_CONF loads
// code, and there is no end to such names).
func (p *Program) variables(tree, dir string, given map[string]string, said *[]string) (map[string]string, error) {
	vars := map[string]string{}
	at := filepath.Join(dir, ".env")
	if _, err := os.Lstat(at); err == nil {
		_, text, err := readInside(tree, at)
		if err != nil {
			return nil, refusal(".env", "", fmt.Sprintf("it cannot be read: %v", err), "make it a plain file, or remove it")
		}
		if vars, err = (&dotEnv{expands: p.expands(), given: given}).read(string(text)); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for .env: %w", err)
	}
	maps.Copy(vars, given)
	maps.DeleteFunc(vars, func(name, _ string) bool {
		out := !plainName.MatchString(name) || steers.MatchString(name)
		if _, ofSuite := given[name]; out && ofSuite {
			*said = append(*said, fmt.Sprintf("variable %s of the suite is not given to Compose: it is no plain name, or changes what Compose does", printable(name)))
		}
		return out
	})
	return vars, nil
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// steers matches names that Compose and Docker heed: a project's name, another daemon.
	// Some versions take over what their file says into their own environment.
	steers = regexp.MustCompile(`^(DOCKER|COMPOSE|BUILDKIT|BUILDX|OTEL|LD|PYTHON|GIT|SSH|SSL)_|^(PATH|HOME|GODEBUG|PYTHON[A-Z]+)$`)
)

// envFile writes variables as every version of Compose reads them alike. One that cannot
// be written so is refused where the compose file mentions it, else left out.
func envFile(vars map[string]string, texts []string) (path string, remove func(), err error) {
	var text strings.Builder
	for _, name := range sorted(vars) {
		value, ok := quoted(vars[name])
		if !ok && mentioned(name, texts) {
			return "", nil, refusal("services: variable "+printable(name), "", "its value has line ends, quotes or backslashes that versions of Compose read differently", "give it a plainer value, or take it out of the compose file")
		}
		if ok {
			text.WriteString(name + "=" + value + "\n")
		}
	}
	temp, err := os.MkdirTemp("", "perfrun-services-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for variables: %w", err)
	}
	remove = func() { _ = os.RemoveAll(temp) }
	path = filepath.Join(temp, "env")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		remove()
		return "", nil, fmt.Errorf("write variables for Compose: %w", err)
	}
	return path, remove, nil
}

// quoted writes a value: in single quotes, where nothing but a backslash before another
// or before the quote means anything, or in double quotes. The old Compose fills in ${}
// in either.
func quoted(value string) (string, bool) {
	switch {
	case strings.ContainsAny(value, "\n\r\x00") || strings.Contains(value, "${"):
		return "", false
	case !strings.Contains(value, "'") && !strings.Contains(value, `\\`) && !strings.HasSuffix(value, `\`):
		return "'" + value + "'", true
	case !strings.ContainsAny(value, "\"\\$`"):
		return `"` + value + `"`, true
	}
	return "", false
}

func mentioned(name string, texts []string) bool {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
	for _, text := range texts {
		if word.MatchString(text) {
			return true
		}
	}
	return false
}
