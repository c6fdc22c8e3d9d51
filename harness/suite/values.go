package suite

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// percent reads "2%" as 0.02.
func (d *decoder) percent(node ast.Node, what string) (float64, error) {
	text, err := d.scalar(node, what)
	if err != nil {
		return 0, err
	}
	const next = "give a percentage above 0 % and below 100 %, like 2%"
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	if !isPercent {
		return 0, d.fail(node, fmt.Sprintf("%s is %q, without a percent sign", what, text), next)
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(value > 0 && value < 100) {
		return 0, d.fail(node, fmt.Sprintf("%s is %q", what, text), next)
	}
	return value / 100, nil
}

// duration reads Go's notation, "1m30s".
func (d *decoder) duration(node ast.Node, what string) (time.Duration, error) {
	text, err := d.scalar(node, what)
	if err != nil {
		return 0, err
	}
	value, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, d.fail(node, fmt.Sprintf("%s is %q, which is no duration", what, text), "give a number with a unit, like 90s, 10m or 1h30m")
	case value <= 0:
		return 0, d.fail(node, fmt.Sprintf("%s is %s", what, text), "give a duration above zero, like 90s")
	}
	return value, nil
}

// cpuList reads the kernel's list format.
func (d *decoder) cpuList(node ast.Node) (cpuset.Set, error) {
	text, err := d.scalar(node, "cpus")
	if err != nil {
		return nil, err
	}
	set, err := cpuset.Parse(text)
	if err == nil && len(set) == 0 {
		err = fmt.Errorf("the list is empty")
	}
	if err != nil {
		return nil, d.fail(node, fmt.Sprintf("cpus: %v", err), `give CPU numbers, like "2-3" or "2,6"`)
	}
	return set, nil
}

// oneOf reads one word of a fixed choice.
func (d *decoder) oneOf(node ast.Node, what string, choice ...string) (string, error) {
	text, err := d.scalar(node, what)
	if err != nil {
		return "", err
	}
	for _, one := range choice {
		if text == one {
			return text, nil
		}
	}
	next := "give one of " + strings.Join(choice, ", ")
	if near := nearest(text, choice); near != "" {
		next = "did you mean " + near + "? " + next
	}
	return "", d.fail(node, fmt.Sprintf("%s is %q", what, text), next)
}

// localPath reads a path that stays in the repository.
func (d *decoder) localPath(node ast.Node, what string) (string, error) {
	text, err := d.text(node, what)
	if err != nil {
		return "", err
	}
	if !isLocal(text) {
		return "", d.fail(node, fmt.Sprintf("%s %q leads out of the repository", what, text), "give a path from the top of the repository, like ci/test")
	}
	return path.Clean(text), nil
}

func isLocal(text string) bool {
	clean := path.Clean(text)
	return !path.IsAbs(text) && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.Contains(text, "\n")
}

// environment reads NAME: VALUE pairs; numbers and booleans are taken as they
// are written, as people write them.
func (d *decoder) environment(node ast.Node) (map[string]string, error) {
	entries, resolved, err := d.pairs(node, "env")
	if err != nil {
		return nil, err
	}
	d.enter(resolved)
	defer delete(d.within, resolved)
	env, seen := map[string]string{}, map[string]ast.Node{}
	for _, entry := range entries {
		name, err := d.key(entry, seen)
		if err != nil {
			return nil, err
		}
		if name == "" || strings.ContainsAny(name, "= \t\n\x00") {
			return nil, d.fail(entry.Key, fmt.Sprintf("%q cannot be the name of a variable", name), "use letters, digits and _")
		}
		if env[name], err = d.envValue(entry.Value, "env "+name); err != nil {
			return nil, err
		}
	}
	return env, nil
}

func (d *decoder) envValue(node ast.Node, name string) (string, error) {
	resolved, err := d.resolve(node)
	if err != nil {
		return "", err
	}
	switch n := resolved.(type) {
	case *ast.StringNode:
		return d.withoutNUL(resolved, name, n.Value)
	case *ast.LiteralNode:
		return d.withoutNUL(resolved, name, n.Value.Value)
	}
	return d.scalar(resolved, name)
}

// withoutNUL refuses what cannot be passed to a process.
func (d *decoder) withoutNUL(node ast.Node, what, text string) (string, error) {
	if strings.ContainsRune(text, 0) {
		return "", d.fail(node, what+" holds a NUL character", "remove it")
	}
	return text, nil
}
