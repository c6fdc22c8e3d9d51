package services

import (
	"fmt"
	"regexp"
	"strings"
)

// dotEnv reads the .env file that Compose would read. What is unusual in it is refused:
// taken for something else than Compose takes it, a value could hide a variable.
type dotEnv struct {
	expands *regexp.Regexp
	given   map[string]string
	vars    map[string]string
}

var (
	lineEnd    = regexp.MustCompile(`\r\n|\n|\r`)
	assignment = regexp.MustCompile(`^(?:export\s+)?'?([^\s='#]+)'?\s*=\s*(.*)$`)
	single     = regexp.MustCompile(`^'((?:\\'|[^'])*)'\s*(?:#.*)?$`)
	double     = regexp.MustCompile(`^"((?:\\.|[^"\\])*)"\s*(?:#.*)?$`)
	remark     = regexp.MustCompile(`\s+#.*`)

	// What is filled in within a value: the old Compose knows ${NAME}, the newer $NAME, too.
	braced = regexp.MustCompile(`\$\{(\w+)(?::?-([^}]*))?\}`)
	bare   = regexp.MustCompile(braced.String() + `|\$(\w+)`)
)

func (p *Program) expands() *regexp.Regexp {
	if p.v1 {
		return braced
	}
	return bare
}

func (d *dotEnv) read(text string) (map[string]string, error) {
	d.vars = map[string]string{}
	for i, line := range lineEnd.Split(strings.TrimPrefix(text, "\ufeff"), -1) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || !strings.Contains(line, "=") { // a bare name sets nothing
			continue
		}
		parts := assignment.FindStringSubmatch(line)
		value, ok := "", parts != nil
		if ok {
			value, ok = d.value(parts[2])
		}
		if !ok {
			return nil, refusal(fmt.Sprintf(".env:%d", i+1), "", "it is no NAME=value on one line", "write it so, within one pair of quotes where it has blanks")
		}
		d.vars[parts[1]] = value
	}
	return d.vars, nil
}

// escapes are those that every version knows.
var escapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, `\n`, "\n", `\r`, "\r", `\t`, "\t")

func (d *dotEnv) value(text string) (string, bool) {
	switch {
	case strings.HasPrefix(text, "'"):
		parts := single.FindStringSubmatch(text)
		if parts == nil {
			return "", false
		}
		return strings.ReplaceAll(parts[1], `\'`, "'"), true
	case strings.HasPrefix(text, `"`):
		parts := double.FindStringSubmatch(text)
		if parts == nil {
			return "", false
		}
		return escapes.Replace(d.fill(parts[1])), true
	}
	return d.fill(strings.TrimSpace(remark.ReplaceAllString(text, ""))), true
}

func (d *dotEnv) fill(text string) string {
	return d.expands.ReplaceAllStringFunc(text, func(found string) string {
		parts := append(d.expands.FindStringSubmatch(found), "")
		name := parts[1] + parts[3]
		for _, from := range []map[string]string{d.vars, d.given} {
			if value, known := from[name]; known {
				return value
			}
		}
		return parts[2]
	})
}
