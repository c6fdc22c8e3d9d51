package services

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// container is what Docker says of one.
type container struct {
	ID, Image string
	State     struct {
		Status, StartedAt, Error string
		Running, OOMKilled       bool
		Pid, ExitCode            int
		Health                   *struct {
			Status string
			Log    []struct{ Output string }
		}
	}
	Config struct {
		Image  string
		Labels map[string]string
	}
}

func (c container) service() string { return c.Config.Labels[labelService] }

func compare(a, b string) int { return cmp.Compare(a, b) }

// look inspects a project's containers. They are found by labels: what they are
// called differs between versions of Compose.
func (p *Program) look(ctx context.Context, project string) ([]container, error) {
	ids, err := p.dock(ctx, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+labelProject+"="+project)
	if err != nil {
		return nil, engineFault("list containers of services", err)
	}
	if strings.TrimSpace(ids) == "" {
		return nil, nil
	}
	text, err := p.dock(ctx, append([]string{"inspect", "--type", "container"}, strings.Fields(ids)...)...)
	if err != nil {
		return nil, engineFault("inspect containers of services", err)
	}
	var found []container
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("inspect containers of services: %w", err)
	}
	return found, nil
}

// judge finds what is wrong with a container that nothing more will come of.
func (u *Up) judge(ctx context.Context, c container) error {
	job, what := u.project.jobs[c.service()], ""
	switch ended := c.State.Status == "exited" || c.State.Status == "dead"; {
	case ended && job && c.State.ExitCode == 0:
		return nil
	case ended && c.State.OOMKilled:
		what = "it was killed because it used too much memory"
	case ended:
		what = fmt.Sprintf("it ended with status %d", c.State.ExitCode)
	case c.State.Status == "created" && c.State.Error != "":
		what = "it cannot be started"
	case c.State.Status == "restarting" || c.State.Status == "paused" || c.State.Status == "removing":
		what = "it is " + c.State.Status
	case c.State.Health != nil && c.State.Health.Status == "unhealthy":
		what = "it is not healthy"
	default:
		return nil
	}
	return u.project.problem(c.service(), what+u.program.evidence(ctx, c), "start it by hand to see why")
}

// evidence is the end of what a service and its health check said.
func (p *Program) evidence(ctx context.Context, c container) string {
	said := ""
	if text := tail(c.State.Error); text != "" {
		said += ": " + text
	}
	if health := c.State.Health; health != nil && health.Status != "healthy" && len(health.Log) > 0 {
		if text := tail(health.Log[len(health.Log)-1].Output); text != "" {
			said += "; its health check said: " + text
		}
	}
	var log strings.Builder
	_, err := p.output(ctx, call{args: []string{p.docker, "logs", "--tail", "20", c.ID}, env: p.env, log: &log})
	switch text := tail(log.String()); {
	case err != nil:
		return said + "; its log cannot be read"
	case text == "":
		return said + "; it said nothing"
	default:
		return said + "; it said at last: " + text
	}
}

// problem is one of a service that does not run as it should.
func (project *Project) problem(service, what, next string) error {
	where := project.where
	if service != "" {
		where += ": services." + printable(service)
	}
	return &results.Problem{Kind: results.CannotRun, Where: where, What: what, Next: next}
}

// images pulls what is not here.
func (p *Program) images(ctx context.Context, project *Project, log io.Writer) error {
	for _, ref := range sorted(project.images) {
		if _, err := p.dock(ctx, "image", "inspect", ref); err == nil {
			continue
		}
		fmt.Fprintf(log, "services: pulling image %s\n", ref)
		_, err := p.output(ctx, call{args: []string{p.docker, "pull", ref}, env: p.env, log: log})
		var failed *failure
		if errors.As(err, &failed) {
			return &results.Problem{
				Kind: results.BadInput, Where: project.where + ": services." + project.images[ref][0] + ".image",
				What: fmt.Sprintf("%s is not on this machine and cannot be pulled: %s", ref, failed.said),
				Next: "check its name, pull or build it by hand, or log in to its registry", Err: err,
				Passing: !unknown.MatchString(failed.said), // registries that do not know an image, or us, know neither later
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Program) digest(ctx context.Context, id string) (string, error) {
	text, err := p.dock(ctx, "image", "inspect", id)
	if err != nil {
		return "", engineFault("inspect a service's image", err)
	}
	var found []struct{ RepoDigests []string }
	if err := json.Unmarshal([]byte(text), &found); err != nil || len(found) != 1 {
		return "", fmt.Errorf("inspect a service's image: %w", errors.Join(err, errors.New(tail(text))))
	}
	if len(found[0].RepoDigests) > 0 {
		return found[0].RepoDigests[0], nil
	}
	return id, nil
}

// What programs say when something is missing for good, and when a network or the
// daemon is away.
var (
	unknown = regexp.MustCompile(`(?i)not found|manifest unknown|access denied|unauthorized|denied:|invalid reference|no basic auth`)
	away    = regexp.MustCompile(`(?i)no such host|connection refused|connection reset|i/o timeout|handshake timeout|unreachable|temporary failure|address pool|cannot connect to the docker daemon|couldn't connect to docker daemon|client\.timeout`)
)

// wrong is what Compose said of a project, nil where it said nothing.
func (p *Program) wrong(project *Project, what string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: project.where, What: what + ": " + failed.Error(),
		Next: "do the same by hand to see why", Err: err, Passing: away.MatchString(failed.said),
	}
}

// engineFault is a Docker that does not do what it always does.
func engineFault(doing string, err error) error {
	var failed *failure
	if errors.As(err, &failed) && away.MatchString(failed.said) {
		return &results.Problem{
			Kind: results.CannotRun, Where: "docker", What: doing + ": " + failed.said, Next: "start it (systemctl start docker)",
			Err: err, Passing: true,
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
