package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/buildkite/go-pipeline"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

const pluginDir = "../../deploy/buildkite"

// pluginConfigs are the settings of the plugin in a pipeline.
func pluginConfigs(t *testing.T, text string) (configs []any) {
	t.Helper()
	parsed, err := pipeline.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, step := range parsed.Steps {
		if command, ok := step.(*pipeline.CommandStep); ok {
			for _, p := range command.Plugins {
				configs = append(configs, p.Config)
			}
		}
	}
	return configs
}

// TestPluginLints holds the rules of Buildkite's plugin linter: plugin.yml has what it
// must, and every example of the README is valid.
func TestPluginLints(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(pluginDir, "plugin.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var plugin struct {
		Name, Description, Author string
		Requirements              []string
		Configuration             map[string]any
	}
	if err := yaml.Unmarshal(text, &plugin); err != nil {
		t.Fatal(err)
	}
	c := plugin.Configuration
	if plugin.Name == "" || plugin.Description == "" || plugin.Author == "" || len(plugin.Requirements) == 0 ||
		c["properties"] == nil || c["required"] == nil || c["additionalProperties"] != false {
		t.Errorf("plugin.yml lacks something: %+v", plugin)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("plugin.json", plain(t, c)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(pluginDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, block := range regexp.MustCompile("(?s)```yml\n(.*?)```").FindAllSubmatch(readme, -1) {
		for _, config := range pluginConfigs(t, string(block[1])) {
			examples++
			if err := schema.Validate(plain(t, config)); err != nil {
				t.Errorf("an example of the README: %v", err)
			}
		}
	}
	if examples != 2 {
		t.Errorf("%d examples", examples)
	}
	if err := schema.Validate(map[string]any{"policy": "never"}); err == nil {
		t.Error("a policy that is none is valid")
	}
}

// plain is a value as JSON has it.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		out, err = jsonschema.UnmarshalJSON(bytes.NewReader(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPluginHook calls the step as the agent does, with settings that are no shell.
func TestPluginHook(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "a program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf '%s|' \"$PERFRUN_BOX\" \"$@\"\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	check := func(want string, settings ...string) {
		t.Helper()
		hook := exec.Command(filepath.Join(pluginDir, "hooks/command"))
		hook.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PERFRUN_BOX=of-the-agent", "BUILDKITE_PLUGIN_PERFRUN_PROGRAM=" + program}, settings...)
		out, _ := hook.Output()
		if string(out) != want || hook.ProcessState.ExitCode() != 3 {
			t.Errorf("%q: exit %d, called with %s, want %s", settings, hook.ProcessState.ExitCode(), out, want)
		}
	}
	check("of-the-agent|ci|")
	check("ci@box:2222|ci|--suite=$(id) `id`; x|--on-box-down=fail|--duet|",
		"BUILDKITE_PLUGIN_PERFRUN_BOX=ci@box:2222", "BUILDKITE_PLUGIN_PERFRUN_SUITE=$(id) `id`; x", "BUILDKITE_PLUGIN_PERFRUN_ON_BOX_DOWN=fail", "BUILDKITE_PLUGIN_PERFRUN_DUET=true")
}

// TestExamplePipeline calls the very command of examples/pipeline.yml in a build.
func TestExamplePipeline(t *testing.T) {
	text, err := os.ReadFile("../../examples/pipeline.yml")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := pipeline.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	step, ok := parsed.Steps[len(parsed.Steps)-1].(*pipeline.CommandStep)
	if !ok || !strings.HasPrefix(step.Command, "perfrun ci ") || step.Env["PERFRUN_BOX"] == "" {
		t.Fatalf("the last step is %+v", step)
	}
	b := newBuilding(t)
	b.ci(exitOK, []string{"annotate --context perfrun-perf.yml", "advisory"}, strings.Fields(strings.TrimPrefix(step.Command, "perfrun ci "))...)
}
