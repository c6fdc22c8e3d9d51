package suite

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// maxLook bounds how many files and folders Scaffold looks at, and maxRead how
// much of one it reads: it is a first draft, not a survey.
const (
	maxLook = 20_000
	maxRead = 1 << 20
)

// Scaffold drafts a suite for the repository in dir: for the benchmarks of a
// Cargo or a Go project, or else an example that runs anywhere. kind says in
// words which it is: "a Go module with benchmarks". The draft is commented and
// can be read by Parse. An error means that dir could not be read.
func Scaffold(dir fs.FS) (text []byte, kind string, err error) {
	seen, err := look(dir)
	if err != nil {
		return nil, "", fmt.Errorf("look for benchmarks: %w", err)
	}
	var draft string
	switch {
	case len(seen.crates) > 0:
		draft, kind = cargoDraft(dir, seen), "a Cargo project with Criterion benchmarks"
	case len(seen.packages) > 0:
		draft, kind = goDraft(dir, seen), "a Go module with benchmarks"
	default:
		draft, kind = plainDraft(dir, seen), "a project whose benchmarks perfrun does not know, so with an example"
	}
	return []byte(draft), kind, nil
}

// sight is what a look over the repository found.
type sight struct {
	crates    []crate
	packages  []string        // folders of Go packages with benchmarks; "." is the top
	testdata  map[string]bool // folders that hold one named testdata
	pipelines []string        // files that may be pipelines
}

// crate is a Cargo package with Criterion benchmarks.
type crate struct {
	name    string
	benches []string
}

// plainPath is a path that needs quotes in neither YAML nor a shell.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_./-]*$`)

// skipped are folders that hold other people's code, or output.
var skipped = []string{"vendor", "node_modules", "target"}

func look(dir fs.FS) (sight, error) {
	seen, looked := sight{testdata: map[string]bool{}}, 0
	_, err := fs.Stat(dir, "go.mod")
	isGo := err == nil
	err = fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if looked++; looked > maxLook {
			return fs.SkipAll
		}
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return fs.SkipDir
		case entry.IsDir():
			return seen.folder(dir, name)
		case entry.Type().IsRegular():
			seen.file(dir, name, isGo)
		}
		return nil
	})
	slices.Sort(seen.packages)
	return seen, err
}

// folder decides whether to look into a folder. Go itself passes over names that
// begin with a dot or an underscore.
func (s *sight) folder(dir fs.FS, name string) error {
	base := path.Base(name)
	switch {
	case name == "." || name == ".buildkite":
		return nil
	case base == "testdata":
		s.testdata[path.Dir(name)] = true
		return fs.SkipDir
	case strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || slices.Contains(skipped, base):
		return fs.SkipDir
	}
	if _, err := fs.Stat(dir, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir // a module of its own
	}
	return nil
}

var (
	goBenchmark  = regexp.MustCompile(`(?m)^func Benchmark(?:[A-Z0-9_]\w*)?\(\w+ \*testing\.B\)`)
	pipelineFile = regexp.MustCompile(`^(ci/[^/]+|\.buildkite)/pipeline\.ya?ml$`)
)

// file notes what a file shows.
func (s *sight) file(dir fs.FS, name string, isGo bool) {
	if !plainPath.MatchString(name) {
		return
	}
	folder := path.Dir(name)
	switch {
	case path.Base(name) == "Cargo.toml":
		if c := readCrate(read(dir, name)); len(c.benches) > 0 {
			s.crates = append(s.crates, c)
		}
	case isGo && strings.HasSuffix(name, "_test.go"):
		if !slices.Contains(s.packages, folder) && goBenchmark.MatchString(read(dir, name)) {
			s.packages = append(s.packages, folder)
		}
	case pipelineFile.MatchString(name):
		s.pipelines = append(s.pipelines, name)
	}
}

// read returns a file's text; nothing for one that is too large or unreadable.
func read(dir fs.FS, name string) string {
	info, err := fs.Stat(dir, name)
	if err != nil || info.Size() > maxRead {
		return ""
	}
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return ""
	}
	return string(text)
}

var tomlName = regexp.MustCompile(`^name\s*=\s*["']([A-Za-z0-9_-]+)["']`)

// readCrate reads names from a Cargo.toml line by line, which is enough for the
// way these are written. Benchmarks of a crate without Criterion need a nightly
// compiler and print another format, so there are none.
func readCrate(manifest string) (c crate) {
	if !strings.Contains(manifest, "criterion") {
		return crate{}
	}
	section := ""
	for line := range strings.Lines(manifest) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section, _, _ = strings.Cut(line, "#")
			section = strings.ReplaceAll(strings.TrimSpace(section), " ", "")
			continue
		}
		match := tomlName.FindStringSubmatch(line)
		switch {
		case match == nil:
		case section == "[package]":
			c.name = match[1]
		case section == "[[bench]]" && !slices.Contains(c.benches, match[1]):
			c.benches = append(c.benches, match[1])
		}
	}
	if c.name == "" {
		return crate{}
	}
	return c
}

// image returns the lines of the image: the one that CI uses, if a pipeline
// shows it, else a public one.
func (s sight) image(dir fs.FS, public string) string {
	for _, name := range s.pipelines {
		if step := dockerStep(read(dir, name)); step != "" {
			return fmt.Sprintf(`# The image to measure in: the one that this step of the pipeline uses.
image:
  pipeline: %s
  step: %s
`, name, strconv.Quote(step))
		}
	}
	return fmt.Sprintf(`# The image to measure in. If CI has one, better name its step, so that both
# always use the same:  image: {pipeline: .buildkite/pipeline.yml, step: KEY}
image:
  ref: %s
`, public)
}

// dockerStep returns the key, or else the label, of the first step that runs in
// a container; none for a pipeline that cannot be read.
func dockerStep(pipeline string) (name string) {
	defer func() {
		if recover() != nil { // the YAML library on a hostile file
			name = ""
		}
	}()
	var file struct {
		Steps []struct {
			Key, Label string
			Plugins    any
		}
	}
	if len(pipeline) > maxRead/8 || yaml.Unmarshal([]byte(pipeline), &file) != nil {
		return ""
	}
	for _, step := range file.Steps {
		plugins := fmt.Sprint(step.Plugins)
		if !strings.Contains(plugins, "docker#") && !strings.Contains(plugins, "docker-compose#") {
			continue
		}
		for _, name := range []string{step.Key, step.Label} {
			if checkable(name) {
				return name
			}
		}
	}
	return ""
}

var unprintable = regexp.MustCompile(`[^\pL\pM\pN\pP\pS ]`)

// checkable reports whether a name can stand in a suite.
func checkable(name string) bool {
	return strings.TrimSpace(name) != "" && len(name) <= 200 && !unprintable.MatchString(name)
}

// head begins every draft; name is as YAML has it.
func head(name string) string {
	return fmt.Sprintf(`# What perfrun measures here. Every benchmark runs at two commits, in turn and in
# random order, each time in a fresh process. Editors can check this file against
# what "perfrun schema" prints.
suite: %s

`, name)
}

// policyLines end the part above the benchmarks.
const policyLines = `
policy:
  min_effect: 2%   # a smaller change counts as none
  max_time: 10m    # what all rounds may take
  rounds: 40       # at most; what is sure earlier is measured no more
  warmups: 1       # rounds before those, whose results do not count

`

func cargoDraft(dir fs.FS, seen sight) string {
	var b strings.Builder
	b.WriteString(head(strconv.Quote(seen.crates[0].name)) + seen.image(dir, "rust:1.95"))
	b.WriteString(`
# Done once a side and not timed: compiling inside a timed command would measure
# the compiler. Cargo's own folder is put where it outlives the build.
build:
  run: |
    export CARGO_HOME="$HOME/.cargo"
    cargo bench --no-run
  cache: [target, ~/.cargo]
  env: {CARGO_NET_OFFLINE: "false"}

# There is no network while measuring, so Cargo must not look for one.
env: {CARGO_NET_OFFLINE: "true"}
` + policyLines + `# Criterion takes the times itself, so what the shell and Cargo take beforehand
# does not count.
benchmarks:
`)
	for _, c := range seen.crates {
		for _, bench := range c.benches {
			name, pick := bench, ""
			if len(seen.crates) > 1 {
				name, pick = c.name+"/"+bench, "-p "+c.name+" "
			}
			fmt.Fprintf(&b, `  - name: %q
    run: CARGO_HOME="$HOME/.cargo" cargo bench %s--bench %s -- --noplot
    format: criterion
`, name, pick, bench)
		}
	}
	return b.String()
}

// module returns the last part of the module's path, as a name.
func module(dir fs.FS) string {
	for line := range strings.Lines(read(dir, "go.mod")) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "module" {
			return strconv.Quote(path.Base(strings.Trim(words[1], `"`)))
		}
	}
	return "my-project"
}

func goDraft(dir fs.FS, seen sight) string {
	var build, benchmarks strings.Builder
	for _, folder := range seen.packages {
		program := strings.ReplaceAll(folder, "/", "__") + ".test"
		if folder == "." {
			program = "top.test"
		}
		fmt.Fprintf(&build, "    go test -c -o .perfrun/%s %s\n", program, "./"+strings.TrimPrefix(folder, "."))
		writeGoBenchmark(&benchmarks, folder, program, seen.testdata[folder])
	}
	return head(module(dir)) + seen.image(dir, "golang:1.26") + `
# Done once a side and not timed. "go test -bench" would compile inside the timed
# command, and so measure the compiler; the test programs are made here instead.
build:
  run: |
    export GOPATH="$HOME/go"
    mkdir -p .perfrun
` + build.String() + `  cache: [~/.cache/go-build, ~/go]
` + policyLines + `# The commands are lists, which run as they are: a shell is not needed for ^$.
# One execution is short and counts each result once; the rounds repeat it.
benchmarks:
` + benchmarks.String()
}

func writeGoBenchmark(b *strings.Builder, folder, program string, testdata bool) {
	name, up, dir := folder, "", ""
	if folder == "." {
		name = "top"
	} else if testdata {
		up = strings.Repeat("../", strings.Count(folder, "/")+1)
		dir = fmt.Sprintf("    dir: %q  # its testdata is there\n", folder)
	}
	fmt.Fprintf(b, `  - name: %q
    run: ["%s.perfrun/%s", "-test.run=^$", "-test.bench=.", "-test.count=1", "-test.benchtime=100ms"]
    format: go
%s`, name, up, program, dir)
}

func plainDraft(dir fs.FS, seen sight) string {
	return head("my-project") + seen.image(dir, "debian:bookworm") + `
# Done once a side and not timed: compile here, and make the input here.
build:
  run: |
    mkdir -p .perfrun
    awk 'BEGIN { for (i = 1; i <= 200000; i++) print (i * 7919) % 200003 }' > .perfrun/numbers

env: {LC_ALL: C}
` + policyLines + `# An example to replace. A command of plain words runs without a shell, whose
# start would be counted.
benchmarks:
  - name: sort
    run: sort -n -o /dev/null .perfrun/numbers
    metrics: [wall, cpu]   # what the process took; its output is ignored
`
}
