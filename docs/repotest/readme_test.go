package repotest

import (
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellLines are the commands of the README's blocks that are marked sh.
func shellLines(readme string) (lines []string) {
	fence := regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	for _, block := range fence.FindAllStringSubmatch(readme, -1) {
		joined := strings.ReplaceAll(block[1], "\\\n", " ")
		for line := range strings.Lines(joined) {
			line, _, _ = strings.Cut(line, " #")
			lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "$ "))
		}
	}
	return lines
}

// What a reader copies must exist: targets, verbs and flags.
func TestReadmeCommands(t *testing.T) {
	targets := targets(t)
	checked := 0
	for _, line := range shellLines(read(t, "README.md")) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "make":
			checked++
			for _, target := range fields[1:] {
				if !strings.ContainsAny(target, "=-") && !targets[target] {
					t.Errorf("%q: the Makefile has no target %s", line, target)
				}
			}
		case fields[0] == "perfrun" || strings.HasSuffix(fields[0], "/perfrun"):
			checked++
			checkPerfrun(t, line, fields[1:])
		}
	}
	if checked == 0 {
		t.Error("README.md shows no command")
	}
}

func targets(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		found[match[1]] = true
	}
	return found
}

// checkPerfrun looks the flags up in the help of the longest verb that the words
// begin with.
func checkPerfrun(t *testing.T, line string, words []string) {
	t.Helper()
	commands := commands(t)
	verb, path := "", ""
	for _, word := range words {
		path = strings.TrimSpace(path + " " + word)
		if _, known := commands[path]; !known {
			break
		}
		verb = path
	}
	if verb == "" && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		t.Errorf("%q: perfrun has no verb %s", line, words[0])
		return
	}
	for _, word := range words {
		flag, _, _ := strings.Cut(word, "=")
		if regexp.MustCompile(`^--?[a-z]`).MatchString(flag) && !regexp.MustCompile(`(?m)^ .*`+flag+`\b`).MatchString(commands[verb]) {
			t.Errorf("%q: perfrun %s has no flag %s", line, verb, flag)
		}
	}
}

// helps caches what commands found.
var helps map[string]string

// commands maps every verb to its help; the program's own is under "".
func commands(t *testing.T) map[string]string {
	t.Helper()
	if helps == nil {
		helps = map[string]string{}
		collect(t, nil)
	}
	return helps
}

func collect(t *testing.T, verb []string) {
	t.Helper()
	help := output(t, program, append(slices.Clone(verb), "--help")...)
	helps[strings.Join(verb, " ")] = help
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z-]+)  +[A-Z]`).FindAllStringSubmatch(help, -1) {
		if match[1] != "help" && match[1] != "completion" { // cobra's own
			collect(t, append(slices.Clone(verb), match[1]))
		}
	}
}

// A verb with choices shows how they are made. One with subcommands, or with at
// most one argument and two flags beside those of every verb (--box and --help),
// needs no example.
func TestExamples(t *testing.T) {
	all := commands(t)
	if len(all) < 10 {
		t.Fatalf("found only the verbs %q", slices.Sorted(maps.Keys(all)))
	}
	for verb, help := range all {
		_, usage, _ := strings.Cut(help, "Usage:\n")
		use, rest, _ := strings.Cut(usage, "\n")
		arguments := regexp.MustCompile(`\b[A-Z]{2,}\b`).FindAllString(use, -1)
		flags := regexp.MustCompile(`(?m)^ +(-\w, )?--`).FindAllString(rest, -1)
		if strings.Contains(help, "Examples:\n") || strings.Contains(help, "[command]") || len(arguments) <= 1 && len(flags) <= 4 {
			continue
		}
		t.Errorf("perfrun %s has no example", verb)
	}
}

// The exit codes are decided in exit.go, and said in the same words in the
// program's help and in the README's table (| code | meaning |).
func TestExitCodes(t *testing.T) {
	codes := map[string]string{}
	_, text, _ := strings.Cut(commands(t)[""], "Exit codes: ")
	text, _, _ = strings.Cut(text, "\n\n")
	for _, match := range regexp.MustCompile(`(\d+) ([^,]+?)[,.]`).FindAllStringSubmatch(strings.ReplaceAll(text, "\n", " "), -1) {
		codes[match[1]] = match[2]
	}
	if said, decided := slices.Sorted(maps.Keys(codes)), decidedCodes(t); !slices.Equal(said, decided) {
		t.Errorf("help names the codes %q, exit.go decides on %q", said, decided)
	}
	readme := map[string]string{}
	_, section, _ := strings.Cut(read(t, "README.md"), "xit code")
	section, _, _ = strings.Cut(section, "\n#")
	for _, match := range regexp.MustCompile("(?m)^\\|\\s*`?(\\d+)`?\\s*\\|\\s*(.+?)\\s*\\|").FindAllStringSubmatch(section, -1) {
		readme[match[1]] = strings.ReplaceAll(match[2], "`", "")
	}
	if !maps.Equal(codes, readme) {
		t.Errorf("help says %q, README.md says %q", codes, readme)
	}
}

func decidedCodes(t *testing.T) (codes []string) {
	t.Helper()
	for _, s := range sources(t) {
		if s.file != "cmd/perfrun/exit.go" {
			continue
		}
		ast.Inspect(s.ast, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if ok && strings.HasPrefix(spec.Names[0].Name, "exit") && len(spec.Values) == 1 {
				if value, ok := spec.Values[0].(*ast.BasicLit); ok {
					codes = append(codes, value.Value)
				}
			}
			return true
		})
	}
	slices.Sort(codes)
	return codes
}
