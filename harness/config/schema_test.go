package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
)

const examplePath = "../../examples/perfrun.yml"

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// uncommented gives the keys without a default their values.
func uncommented(text string) string {
	return regexp.MustCompile(`(?m)^( *)#([a-z])`).ReplaceAllString(text, "$1$2")
}

// obeys holds a configuration against the JSON schema.
func obeys(t *testing.T, text string) error {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(inJSON))
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

func TestExample(t *testing.T) {
	text := example(t)
	for _, text := range []string{text, uncommented(text), box} {
		if err := obeys(t, text); err != nil {
			t.Errorf("against the schema: %v\n%s", err, text)
		}
	}
	if c, err := parse(examplePath, []byte(text)); err != nil || cmp.Diff(Default(), c) != "" {
		t.Errorf("the example does not show the defaults: %v\n%s", err, cmp.Diff(Default(), c))
	}
	path := write(t, uncommented(text), 0o644)
	if c, err := Load(path, true); err != nil || c.Class == "" || c.Knobs.THP == "" {
		t.Errorf("the example in full: %+v, %v", c, err)
	}
}

// TestExampleHasEveryKey holds the example and the decoder against each other.
func TestExampleHasEveryKey(t *testing.T) {
	var top map[string]any
	if err := yaml.Unmarshal([]byte(uncommented(example(t))), &top); err != nil {
		t.Fatal(err)
	}
	check := func(what string, shown any, table fields) {
		t.Helper()
		if diff := cmp.Diff(slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(shown.(map[string]any)))); diff != "" {
			t.Errorf("%s: -decoder +example\n%s", what, diff)
		}
	}
	d := &decoder{}
	check("top", top, d.configFields(&Config{}))
	check("knobs", top["knobs"], d.knobFields(&Knobs{}))
	check("gate", top["gate"], d.gateFields(&Gate{}))
	check("box", top["box"], d.boxFields(&Box{}))
	check("relay", top["relay"], d.relayFields(&Relay{}))
	check("web", top["web"], d.webFields(&Web{}))
	check("repository", top["repositories"].(map[string]any)["project"], d.repositoryFields("", &Repository{}))
}

func TestExampleNamesTheSchema(t *testing.T) {
	first, _, _ := strings.Cut(example(t), "\n")
	name, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
	text, err := os.ReadFile(filepath.Join(filepath.Dir(examplePath), name))
	if !ok || err != nil || !bytes.Equal(text, Schema) {
		t.Errorf("%q leads to %v", first, err)
	}
}

// object is a part of the schema.
type object struct {
	Properties map[string]object `json:"properties"`
	Default    any               `json:"default"`
	Defs       struct {
		Level struct{ Enum []results.Level }
		Knobs struct{ Items struct{ Enum []string } }
	} `json:"$defs"`
}

// defaults are what the schema says of an object, where it says anything.
func (o object) defaults() map[string]any {
	said := map[string]any{}
	for name, property := range o.Properties {
		if property.Default != nil {
			said[name] = property.Default
		} else if inner := property.defaults(); len(inner) > 0 {
			said[name] = inner
		}
	}
	return said
}

// TestSchema holds the schema's keys, defaults and names against the decoder's.
func TestSchema(t *testing.T) {
	var top object
	if err := json.Unmarshal(Schema, &top); err != nil {
		t.Fatal(err)
	}
	check := func(what string, schema object, table fields) {
		t.Helper()
		if diff := cmp.Diff(slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
			t.Errorf("%s: -decoder +schema\n%s", what, diff)
		}
	}
	d := &decoder{&strict.Decoder{}}
	check("top", top, d.configFields(&Config{}))
	check("knobs", top.Properties["knobs"], d.knobFields(&Knobs{}))
	check("gate", top.Properties["gate"], d.gateFields(&Gate{}))
	check("box", top.Properties["box"], d.boxFields(&Box{}))
	check("relay", top.Properties["relay"], d.relayFields(&Relay{}))
	check("web", top.Properties["web"], d.webFields(&Web{}))
	if diff := cmp.Diff(knobNames(), top.Defs.Knobs.Items.Enum); diff != "" {
		t.Errorf("-knobs +schema\n%s", diff)
	}
	if diff := cmp.Diff(results.Levels(), top.Defs.Level.Enum); diff != "" {
		t.Errorf("-levels +schema\n%s", diff)
	}
	text, err := json.Marshal(top.defaults()) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	said, err := parse("schema", text)
	if diff := cmp.Diff(Default(), said); err != nil || diff != "" {
		t.Errorf("the schema's defaults: %v, -want +schema\n%s", err, diff)
	}
	if len(top.defaults()["gate"].(map[string]any)) != len(top.Properties["gate"].Properties) {
		t.Errorf("the gate's defaults are %v", top.defaults()["gate"])
	}
}

func TestSchemaRefuses(t *testing.T) {
	for _, text := range []string{
		"quite: pin", "quiet: isolated", "require: 1", "host_class: my box", "state: var", "knobs: {aslr: on}", "knobs: {thp: 1}", "knobs: {skip: swap}",
		"knobs: {skip: [swop]}", "knobs: {require: [swap, swap]}", "gate: {busy: 5}", "gate: {wait: 5}", "gate: {free: 1gb}", "gate: {cooling: -1}", "gate: {x: 1}",
		"web: {listen: ':80'}", "web: {listen: '0.0.0.0:80'}", "web: {listen: 'example.com:80'}", "web: {commits: 'javascript:%s'}", "web: {commits: 'https://x/'}", "web: {releases: '-x'}",
		"box: {socket: x}", "box: {user: Root}", "relay: {port: 0}", "relay: {host: -x}", "repositories: {a: {}}", "repositories: {a: {url: 'ext::sh'}}", "repositories: {-a: {url: 'https://x'}}",
	} {
		if obeys(t, text) == nil {
			t.Errorf("the schema accepts %q", text)
		}
	}
	if err := obeys(t, "# nothing said\n"); err != nil {
		t.Errorf("the schema refuses an empty file: %v", err)
	}
}
