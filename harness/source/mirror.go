package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// Mirror is a private copy of one repository, held by this process until Close.
type Mirror struct {
	repo   string // the user's top-level folder, or the bare repository
	folder string // everything of ours that belongs to it
	lock   *os.File
}

// Open finds the repository that path lies in and brings its mirror below
// cacheDir up to date. A second process that opens the same one waits until the
// first closes it, or ctx ends.
func Open(ctx context.Context, cacheDir, path string) (*Mirror, error) {
	repo, err := TopLevel(ctx, path)
	if err != nil {
		return nil, err
	}
	m := &Mirror{repo: repo, folder: folderOf(cacheDir, repo)}
	if err := os.MkdirAll(m.folder, 0o755); err != nil {
		return nil, fmt.Errorf("make cache folder: %w", err)
	}
	if m.lock, err = hold(ctx, filepath.Join(m.folder, "lock")); err != nil {
		return nil, err
	}
	now := time.Now()
	_ = os.Chtimes(m.lock.Name(), now, now) // when it was last used, for Prune
	if err := m.update(ctx); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// folderOf is where the mirror of a repository lies, and what belongs to it.
func folderOf(cacheDir, repo string) string {
	sum := sha256.Sum256([]byte(repo))
	return filepath.Join(cacheDir, safeName(filepath.Base(repo))+"-"+hex.EncodeToString(sum[:6]))
}

// Close lets others use the mirror.
func (m *Mirror) Close() error { return m.lock.Close() }

// Repo is the user's repository: its top-level folder.
func (m *Mirror) Repo() string { return m.repo }

// GitDir is the mirror. Worktrees refer to it by this path.
func (m *Mirror) GitDir() string { return filepath.Join(m.folder, "mirror.git") }

// Home returns a folder that stays between runs, to be a side's HOME.
func (m *Mirror) Home(side results.Side) (string, error) {
	home := filepath.Join(m.folder, homeOf(side))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("make home of %s: %w", side, err)
	}
	return home, nil
}

func homeOf(side results.Side) string { return "home-" + string(side) }

func (m *Mirror) git() git  { return git{dir: m.GitDir(), env: []string{"GIT_DIR=" + m.GitDir()}} }
func (m *Mirror) user() git { return git{dir: m.repo} }

// TopLevel finds the repository around path: its working tree, or the whole of a
// bare one. A path that is in none is a *results.Problem.
func TopLevel(ctx context.Context, path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(absolute); err != nil || !info.IsDir() {
		return "", &results.Problem{Kind: results.BadInput, Where: path, What: "it is no folder", Next: "name a folder of a git repository with --repo", Err: err}
	}
	in := git{dir: absolute}
	top, err := in.line(ctx, "rev-parse", "--show-toplevel")
	if isFailure(err) { // a bare repository has no top level
		top, err = in.line(ctx, "rev-parse", "--absolute-git-dir")
	}
	if isFailure(err) {
		return "", &results.Problem{Kind: results.BadInput, Where: path, What: "it is not in a git repository", Next: "name a folder of one with --repo", Err: err}
	}
	return top, err
}

// safeName keeps a folder's name recognisable and harmless.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
}

// hold waits for an exclusive lock on a file.
func hold(ctx context.Context, path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock of mirror: %w", err)
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock mirror: %w", err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), file.Close())
		case <-ticker.C:
		}
	}
}

// update fetches everything that the user's repository has a name for. A mirror
// that cannot be updated is made anew: it may be what a killed run or a power cut left.
func (m *Mirror) update(ctx context.Context) error {
	if m.git().sound(ctx) {
		if err := m.fetch(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	if err := os.RemoveAll(m.GitDir()); err != nil {
		return fmt.Errorf("remove broken mirror: %w", err)
	}
	for _, side := range results.Sides() { // they refer to what was just removed
		_ = os.Remove(filepath.Join(m.tree(side), ".git"))
	}
	if _, err := (git{dir: m.folder}).run(ctx, "init", "--quiet", "--bare", m.GitDir()); err != nil {
		return fmt.Errorf("make mirror: %w", err)
	}
	m.git().trust()
	if err := m.fetch(ctx); err != nil {
		return fmt.Errorf("mirror %s: %w", m.repo, err)
	}
	return nil
}

// fetch copies refs below refs/user, so that they cannot be mistaken for the
// mirror's own, and prunes those that are gone. A shallow repository stays one.
func (m *Mirror) fetch(ctx context.Context) error {
	args := []string{"-c", "protocol.file.allow=always", "fetch", "--quiet", "--force", "--prune", "--no-tags", "--update-shallow", "--no-write-fetch-head", m.repo, "+refs/*:refs/user/*"}
	_, err := m.git().run(ctx, args...)
	return err
}

// fetchCommit copies a commit that no ref may name (a detached HEAD).
func (m *Mirror) fetchCommit(ctx context.Context, rev string) error {
	if _, err := m.git().run(ctx, "cat-file", "-e", rev+"^{commit}"); err == nil {
		return m.keep(ctx, rev)
	}
	// Any commit may be asked for, named or not: the server side is our own child.
	_, err := m.git().run(ctx, "-c", "protocol.file.allow=always", "-c", "protocol.version=2", "fetch", "--quiet", "--no-tags", "--update-shallow", "--no-write-fetch-head",
		"--upload-pack=git -c uploadpack.allowAnySHA1InWant=true -c safe.directory=* upload-pack", m.repo, rev)
	if err != nil {
		return fmt.Errorf("copy commit %.12s to the mirror: %w", rev, err)
	}
	return m.keep(ctx, rev)
}

// keep names a commit in the mirror, so that no collection removes what was
// measured.
func (m *Mirror) keep(ctx context.Context, rev string) error {
	_, err := m.git().run(ctx, "update-ref", "refs/perfrun/"+rev, rev)
	return err
}
