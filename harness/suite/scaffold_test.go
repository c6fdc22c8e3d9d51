package suite

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// tree makes a repository of name, text, name, text.
func tree(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for pair := range slices.Chunk(pairs, 2) {
		files[pair[0]] = &fstest.MapFile{Data: []byte(pair[1])}
	}
	return files
}

const (
	goBench    = "package x\n\nfunc BenchmarkIt(b *testing.B) {}\n"
	cargoBench = "[package]\nname = \"flow\"\n[dev-dependencies]\ncriterion = \"0.5\"\n[[bench]]\nname = \"join\"\nharness = false\n[[ bench ]] # two\nname = 'map'\n"
	pipeline   = "steps:\n  - label: lint\n    command: x\n  - label: \":rust: tests\"\n    key: cargo-test\n    plugins:\n      - docker#v5.0.0:\n          image: x\n"
)

func TestScaffold(t *testing.T) {
	check := func(name string, files fstest.MapFS, kind string, with, without []string) {
		t.Helper()
		text, got, err := Scaffold(files)
		if err != nil || !strings.Contains(got, kind) {
			t.Fatalf("%s: kind %q, error %v, want %q", name, got, err, kind)
		}
		if _, err := Parse("perf.yml", text); err != nil {
			t.Errorf("%s: the draft cannot be read: %v\n%s", name, err, text)
		}
		if err := obeys(text); err != nil {
			t.Errorf("%s: the draft is against the schema: %v\n%s", name, err, text)
		}
		for _, part := range with {
			if !bytes.Contains(text, []byte(part)) {
				t.Errorf("%s: no %q in\n%s", name, part, text)
			}
		}
		for _, part := range without {
			if bytes.Contains(text, []byte(part)) {
				t.Errorf("%s: %q in\n%s", name, part, text)
			}
		}
	}
	check("nothing", tree(), "with an example", []string{"ref: debian:bookworm", "sort -n"}, nil)
	check("cargo", tree("Cargo.toml", cargoBench), "Cargo",
		[]string{`suite: "flow"`, "--bench join -- --noplot", "--bench map --", "ref: rust:1.95", "~/.cargo"}, []string{"-p flow"})
	check("workspace", tree("a/Cargo.toml", cargoBench, "b/Cargo.toml", strings.ReplaceAll(cargoBench, "flow", "tide")), "Cargo",
		[]string{`"tide/join"`, "-p tide --bench join"}, nil)
	check("no criterion", tree("Cargo.toml", strings.ReplaceAll(cargoBench, "criterion", "other")), "with an example", nil, nil)
	check("dependency's", tree("vendor/a/Cargo.toml", cargoBench, "target/a/Cargo.toml", cargoBench), "with an example", nil, nil)
	check("hostile", tree("Cargo.toml", strings.ReplaceAll(cargoBench, "join", "x; reboot")), "Cargo", nil, []string{"reboot"})
	check("go", tree("go.mod", "module example.org/lib\n", "x_test.go", goBench, "in/y_test.go", goBench, "in/testdata/a", ""), "Go",
		[]string{`suite: "lib"`, "-o .perfrun/top.test ./\n", "-o .perfrun/in.test ./in\n", `"../.perfrun/in.test", "-test.run=^$"`, `dir: "in"`}, nil)
	check("go, not ours", tree("go.mod", "module a\n", "b/go.mod", "module b\n", "b/x_test.go", goBench, "y;z/x_test.go", goBench), "with an example", nil, nil)
	check("go, no benchmark", tree("go.mod", "module a\n", "x_test.go", "func Benchmarking(b *testing.B) {}\n"), "with an example", nil, nil)
	check("pipeline", tree("ci/test/pipeline.yml", pipeline), "with an example",
		[]string{"pipeline: ci/test/pipeline.yml", `step: "cargo-test"`}, []string{"ref:"})
	check("label", tree(".buildkite/pipeline.yml", strings.ReplaceAll(pipeline, "key:", "id:")), "with an example", []string{`step: ":rust: tests"`}, nil)
	check("no container", tree("ci/test/pipeline.yml", strings.ReplaceAll(pipeline, "docker#", "shell#")), "with an example", []string{"ref:"}, nil)
	check("no pipeline", tree("ci/test/pipeline.yml", "steps: [\n"), "with an example", []string{"ref:"}, nil)
}

// obeys holds a suite against the JSON schema.
func obeys(text []byte) error {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("perf.schema.json", schema); err != nil {
		return err
	}
	compiled, err := compiler.Compile("perf.schema.json")
	if err != nil {
		return err
	}
	inJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(inJSON))
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}
