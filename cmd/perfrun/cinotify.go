package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/buildkite"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/notify"
)

// Variables that say whom to tell. Secrets may be in a file that _FILE names.
const (
	webhookURL       = "PERFRUN_WEBHOOK_URL"
	webhookKey       = "PERFRUN_WEBHOOK_KEY"
	gitHubRepository = "PERFRUN_GITHUB_REPOSITORY"
	gitHubToken      = "PERFRUN_GITHUB_TOKEN"
	gitHubAPI        = "PERFRUN_GITHUB_API"
	defaultGitHubAPI = "https://api.github.com"
)

// others are whom a step tells besides the build.
type others struct {
	hub  *notify.GitHub
	hook *notify.Webhook
}

// readOthers reads whom to tell, so that what is wrong there shows before anything is
// measured.
func readOthers() (o others, err error) {
	secret := func(name string) (notify.Secret, error) {
		return notify.ReadSecret(os.Getenv, name, os.Getenv(name+"_FILE"))
	}
	if repository := os.Getenv(gitHubRepository); repository != "" {
		o.hub = &notify.GitHub{API: cmp.Or(os.Getenv(gitHubAPI), defaultGitHubAPI), Repository: repository}
		if o.hub.Token, err = secret(gitHubToken); err == nil && o.hub.Token.Empty() {
			err = &results.Problem{Kind: results.BadInput, Where: gitHubRepository, What: "it is set and there is no token", Next: "set " + gitHubToken + " or " + gitHubToken + "_FILE"}
		}
	}
	if address := os.Getenv(webhookURL); address != "" && err == nil {
		o.hook = &notify.Webhook{URL: address}
		if o.hook.Key, err = secret(webhookKey); err == nil && o.hook.Key.Empty() {
			err = &results.Problem{Kind: results.BadInput, Where: webhookURL, What: "it is set and there is no key to sign with", Next: "set " + webhookKey + " or " + webhookKey + "_FILE"}
		}
	}
	return o, err
}

// secretVariables are not for code that is measured, nor is where the files of secrets
// lie. Many a webhook's address is a secret itself.
var secretVariables = []string{
	webhookURL, webhookKey, webhookKey + "_FILE", gitHubToken, gitHubToken + "_FILE", "BUILDKITE_AGENT_ACCESS_TOKEN", "BUILDKITE_AGENT_TOKEN",
}

// withoutSecrets is an environment for whoever runs strangers' code.
func withoutSecrets(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(setting string) bool {
		name, _, _ := strings.Cut(setting, "=")
		return slices.Contains(secretVariables, name)
	})
}

// tellIn bounds what telling others may take of a build's time.
const tellIn = 2 * time.Minute

// tell tells others how the step ends. Who does not take it is said, and is no failure
// of the measurement.
func (s *step) tell(ctx context.Context, code int, said string, boxErr error) {
	ctx, cancel := context.WithTimeout(ctx, tellIn)
	defer cancel()
	failed := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
		}
	}
	if s.others.hub != nil {
		state := map[bool]notify.State{true: notify.Success, false: notify.Failure}[code == exitOK]
		if boxErr != nil && code != exitOK {
			state = notify.Error
		}
		failed(s.others.hub.Set(ctx, s.build.Commit, s.context(), state, said, s.build.URL))
	}
	if s.others.hook != nil {
		failed(s.others.hook.Send(ctx, s.order.ID, s.told(code, said, boxErr)))
	}
}

// context is what the step's status is called.
func (s *step) context() string { return "perfrun/" + s.flags.suite }

// begin tells GitHub that a status will come.
func (s *step) begin(ctx context.Context) {
	if s.others.hub == nil {
		return
	}
	if err := s.others.hub.Set(ctx, s.build.Commit, s.context(), notify.Pending, "being measured", s.build.URL); err != nil {
		fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
	}
}

func (s *step) told(code int, said string, boxErr error) notify.Verdict {
	v := notify.Verdict{
		Run: s.order.ID, Suite: s.flags.suite, Base: s.order.Base, Head: s.order.Head, Class: s.office.Class, Verdict: s.metaData(boxErr),
		Count: map[string]int{}, Passes: code == exitOK, Words: said, BuildURL: s.build.URL,
	}
	for _, c := range s.office.Comparisons {
		if s.isAccepted(c) {
			v.Count[accepted]++
			continue
		}
		v.Count[string(c.Verdict)]++
		if c.Verdict == verdict.Regression && (v.Worst == nil || max(c.Change, -c.Change) > max(v.Worst.Change, -v.Worst.Change)) {
			v.Worst = &notify.Change{Benchmark: c.Benchmark, Metric: c.Metric.String(), Change: c.Change, Low: c.Low, High: c.High}
		}
	}
	return v
}

// buildNotes are what a run on an agent keeps of its build.
func buildNotes(b buildkite.Build, env []string) (args []string) {
	if b.URL != "" { // half an address is none
		args = append(args, "--note", "build="+b.URL)
	}
	args = append(args, "--note", "build job="+b.Job)
	for _, n := range buildkite.AgentNotes(env) {
		args = append(args, "--note", n.Name+"="+words.Shortened(words.Plain(n.Value), 200))
	}
	return args
}
