package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// Read reads, checks and places a compose file, and starts nothing.
func (p *Program) Read(ctx context.Context, w Wanted, place Place, allow Allow) (*Project, error) {
	check := &precheck{tree: place.Work, seen: map[string]bool{}}
	if filepath.IsAbs(w.Compose) || w.Compose == "" {
		return nil, refusal("services.compose", "", fmt.Sprintf("%q is no path in the repository", w.Compose), "give the compose file's path from the root of the repository")
	}
	if err := check.file(w.Compose); err != nil {
		return nil, err
	}
	env, err := interpolation(p.plain, place.Env)
	if err != nil {
		return nil, err
	}
	resolver := &resolver{file: w.Compose, wanted: w, place: place, allow: allow}
	text, err := p.config(ctx, w, place, check.profiles, env, &resolver.said)
	if err != nil {
		return nil, err
	}
	file, err := parse(text)
	if err != nil {
		return nil, refusal(w.Compose, "", fmt.Sprintf("what Compose makes of it is %v", err), "")
	}
	return resolver.resolve(file)
}

// config has Compose resolve the file. It sees no variable of Docker's: none of them
// is for strangers.
func (p *Program) config(ctx context.Context, w Wanted, place Place, profiles, env []string, said *[]string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	real, _, err := inside(place.Work, w.Compose)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(real)
	args := append(p.args[:len(p.args):len(p.args)], "--project-name", projectName(place), "--project-directory", dir, "--file", real)
	dotenv, remove, err := dotEnv(place.Work, dir)
	if err != nil {
		return nil, err
	}
	defer remove()
	if dotenv != "" {
		args = append(args, "--env-file", dotenv)
	}
	for _, profile := range profiles {
		args = append(args, "--profile="+profile)
	}
	args = append(args, "config")
	if !p.v1 {
		args = append(args, "--format", "json")
	}
	text, err := p.output(ctx, call{args: args, env: env, warn: said})
	var failed *failure
	if errors.As(err, &failed) {
		problem := refusal(w.Compose, "", "Compose refuses it: "+failed.Error(), "docker compose config shows the same")
		problem.Err = err
		return nil, problem
	}
	return text, err
}

// dotEnv copies the .env file that Compose would read, if there is one, without what
// steers Compose and Docker themselves: a project's name, another daemon.
func dotEnv(tree, dir string) (path string, remove func(), err error) {
	remove = func() {}
	at := filepath.Join(dir, ".env")
	if _, err := os.Lstat(at); errors.Is(err, fs.ErrNotExist) {
		return "", remove, nil
	}
	_, text, err := readInside(tree, at)
	if err != nil {
		return "", remove, refusal(".env", "", fmt.Sprintf("it cannot be read: %v", err), "make it a plain file, or remove it")
	}
	temp, err := os.MkdirTemp("", "perfrun-services-")
	if err != nil {
		return "", remove, fmt.Errorf("make a folder for .env: %w", err)
	}
	remove = func() { _ = os.RemoveAll(temp) }
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !steers.MatchString(line) {
			kept.WriteString(line)
		}
	}
	path = filepath.Join(temp, "env")
	if err := os.WriteFile(path, []byte(kept.String()), 0o600); err != nil {
		remove()
		return "", func() {}, fmt.Errorf("copy .env: %w", err)
	}
	return path, remove, nil
}

// steers matches lines that name a variable which changes what programs do.
var steers = regexp.MustCompile(`^\s*(export\s+)?['"]?(DOCKER|COMPOSE|BUILDKIT|BUILDX|LD|PYTHON)_|^\s*(export\s+)?['"]?(PATH|HOME|PYTHON[A-Z]+)\b`)

// interpolation is the environment in which a file is resolved.
func interpolation(base []string, vars map[string]string) ([]string, error) {
	env := base[:len(base):len(base)]
	for _, name := range sorted(vars) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(vars[name], "\x00") || steers.MatchString(name) {
			return nil, &results.Problem{
				Kind: results.BadInput, Where: "services: variable " + printable(name), What: "no compose file may be read with it: it changes what programs do",
				Next: "use another name",
			}
		}
		env = append(env, name+"="+vars[name])
	}
	return env, nil
}

// projectName is of the letters that Compose allows.
func projectName(place Place) string {
	return "perfrun-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(place.Run+"-"+string(place.Side)))
}
