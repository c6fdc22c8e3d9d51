package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Remote is a repository elsewhere, of which a box keeps a bare copy.
type Remote struct {
	Name       string // short, of letters, digits and . _ -
	URL        string // of https, ssh or file
	Key        string // file of the ssh key to read it with; empty: none is needed
	KnownHosts string // file of trusted hosts; empty: ssh's own
	// Patience is how long one fetch may take; 0: half an hour. A remote that is
	// silent for a minute or so is given up earlier.
	Patience time.Duration
}

// Unreachable is why a remote could not be fetched now. It may be another time.
type Unreachable struct {
	Remote string
	Err    error
}

// Error says which remote.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("fetch repository %s: %v", u.Remote, u.Err)
}

// Unwrap returns git's own account.
func (u *Unreachable) Unwrap() error { return u.Err }

// Path is where the copy below folder lies, or will lie.
func (r Remote) Path(folder string) string { return filepath.Join(folder, r.Name+".git") }

// Fetch brings the copy below folder up to date and returns where it lies: a bare
// repository whose branches and tags are the remote's, and whose HEAD is the
// remote's main branch. Where the remote cannot be reached the error is an
// *Unreachable, and the copy is as it was; it is returned all the same if there is
// one.
func (r Remote) Fetch(ctx context.Context, folder string) (string, error) {
	path := r.Path(folder)
	lock, err := r.lock(ctx, folder)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	in := r.git(path)
	if !in.sound(ctx) {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if err := r.begin(ctx, folder, path); err != nil {
			return "", err
		}
	}
	limited, cancel := r.within(ctx)
	defer cancel()
	// Branches move as they like on the other side. Where each was when is written
	// down, so that main@{yesterday} means something.
	_, err = in.run(limited, append(r.config(), "fetch", "--quiet", "--force", "--prune", "--prune-tags", "--no-write-fetch-head", "--end-of-options", r.URL,
		"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")...)
	if err == nil {
		err = r.follow(limited, in)
	}
	return path, r.explain(ctx, err)
}

// Get brings one commit that no branch need hold into the copy at path, as the head
// of a pull request.
func (r Remote) Get(ctx context.Context, path, rev string) error {
	if !IsObjectName(rev) {
		return nil // a name was fetched, or there is none
	}
	in := r.git(path)
	if _, err := in.run(ctx, "cat-file", "-e", rev+"^{commit}"); err == nil {
		return nil
	}
	lock, err := r.lock(ctx, filepath.Dir(path))
	if err != nil {
		return err
	}
	defer lock.Close()
	limited, cancel := r.within(ctx)
	defer cancel()
	_, err = in.run(limited, append(r.config(), "fetch", "--quiet", "--no-write-fetch-head", "--end-of-options", r.URL, rev+":refs/perfrun/"+rev)...)
	return r.explain(ctx, err)
}

// within bounds how long the remote is waited for.
func (r Remote) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(r.Patience, 30*time.Minute))
}

func (r Remote) lock(ctx context.Context, folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make folder of repositories: %w", err)
	}
	return hold(ctx, filepath.Join(folder, r.Name+".lock"))
}

// begin makes the copy anew, whatever a killed process or a power cut left.
func (r Remote) begin(ctx context.Context, folder, path string) error {
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("remove broken copy of repository %s: %w", r.Name, err)
	}
	if _, err := (git{dir: folder}).run(ctx, "init", "--quiet", "--bare", "--initial-branch=main", path); err != nil {
		return fmt.Errorf("make copy of repository %s: %w", r.Name, err)
	}
	_, err := r.git(path).run(ctx, "config", "core.logAllRefUpdates", "always")
	r.git(path).trust()
	return err
}

// follow makes the copy's HEAD what the remote's is.
func (r Remote) follow(ctx context.Context, in git) error {
	out, err := in.run(ctx, append(r.config(), "ls-remote", "--symref", "--end-of-options", r.URL, "HEAD")...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		target, ok := strings.CutPrefix(line, "ref: ")
		target, _, tab := strings.Cut(target, "\t")
		if ok && tab && strings.HasPrefix(target, "refs/heads/") {
			_, err := in.run(ctx, "symbolic-ref", "HEAD", target)
			return err
		}
	}
	return nil // detached, or empty: HEAD stays
}

func (r Remote) git(path string) git {
	ssh := "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
	if r.Key != "" {
		ssh += " -o IdentitiesOnly=yes -i " + shellQuoted(r.Key)
	}
	if r.KnownHosts != "" {
		ssh += " -o StrictHostKeyChecking=yes -o UserKnownHostsFile=" + shellQuoted(r.KnownHosts)
	}
	return git{dir: path, env: []string{
		"GIT_DIR=" + path, "GIT_SSH_COMMAND=" + ssh, "GIT_SSH_VARIANT=ssh", "GIT_ALLOW_PROTOCOL=https:ssh:file",
	}}
}

// config keeps git from asking somebody who is not there, and from waiting for a
// server of https that sends less than a byte a second for a minute.
func (r Remote) config() []string {
	return []string{"-c", "credential.helper=", "-c", "protocol.version=2", "-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"}
}

// shellQuoted makes one word of text for a POSIX shell.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// explain tells what another try may mend from what it cannot.
func (r Remote) explain(ctx context.Context, err error) error {
	fail, ok := errors.AsType[*failure](err)
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return &Unreachable{r.Name, errors.New("it takes too long")}
	case err == nil || ctx.Err() != nil || !ok:
		return err
	case strings.Contains(fail.stderr, "Permission denied"), strings.Contains(fail.stderr, "Authentication failed"), strings.Contains(fail.stderr, "Host key verification failed"),
		strings.Contains(fail.stderr, "terminal prompts disabled"):
		return &results.Problem{
			Kind: results.CannotRun, Where: "repository " + r.Name, What: "it cannot be read: " + firstLine(fail.stderr),
			Next: "look at its key and known_hosts in the box's configuration", Err: err,
		}
	case strings.Contains(fail.stderr, "not our ref"), strings.Contains(fail.stderr, "couldn't find remote ref"):
		return &results.Problem{Kind: results.BadInput, Where: "repository " + r.Name, What: "it has no such commit", Next: "push it first", Err: err}
	}
	return &Unreachable{r.Name, err}
}

// firstLine is where git and ssh give the cause; what follows is advice.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
