package services

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
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
	resolver := &resolver{file: w.Compose, wanted: w, place: place, allow: allow}
	text, err := p.config(ctx, w, place, check, &resolver.said)
	if err != nil {
		return nil, err
	}
	file, err := parse(text)
	if err != nil {
		return nil, refusal(w.Compose, "", fmt.Sprintf("what Compose makes of it is %v", err), "")
	}
	return resolver.resolve(file)
}

// config has Compose resolve the file. Its environment is the same for every suite, and
// it sees no variable of Docker's: none of them is for strangers.
func (p *Program) config(ctx context.Context, w Wanted, place Place, check *precheck, said *[]string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	real, _, err := inside(place.Work, w.Compose)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(real)
	vars, err := p.variables(place.Work, dir, place.Env, said)
	if err != nil {
		return nil, err
	}
	env, remove, err := envFile(vars, check.texts)
	if err != nil {
		return nil, err
	}
	defer remove()
	args := append(p.args[:len(p.args):len(p.args)], "--project-name", projectName(place), "--project-directory", dir, "--file", real, "--env-file", env)
	for _, profile := range check.profiles {
		args = append(args, "--profile="+profile)
	}
	args = append(args, "config")
	if !p.v1 {
		args = append(args, "--format", "json")
	}
	text, err := p.output(ctx, call{args: args, env: p.plain, warn: said})
	var failed *failure
	if errors.As(err, &failed) {
		problem := refusal(w.Compose, "", "Compose refuses it: "+failed.Error(), "docker compose config shows the same")
		problem.Err = err
		return nil, problem
	}
	return text, err
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
