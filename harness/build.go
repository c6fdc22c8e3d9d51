package harness

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/harness/capped"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

// build checks out both sides and builds each in its image. Builds use all CPUs
// and are not timed. Both trees are laid out before the first build, so that a
// source problem shows before minutes are spent.
func (h *Harness) build(ctx context.Context, j *job) error {
	for _, side := range results.Sides() {
		if err := h.checkOut(ctx, j, side); err != nil {
			return err
		}
	}
	if j.suite.Build.Run == "" {
		return nil
	}
	for _, side := range results.Sides() {
		if j.buildEnv == nil || j.suite.Image.PerSide {
			j.buildEnv = h.buildEnv(ctx, j, side)
		}
		if err := h.buildSide(ctx, j, side); err != nil {
			return err
		}
	}
	return nil
}

func (h *Harness) checkOut(ctx context.Context, j *job, side results.Side) (err error) {
	if j.trees[side], err = j.mirror.Worktree(ctx, side, j.commit(side)); err != nil {
		return err
	}
	if j.homes[side], err = j.mirror.Home(side); err != nil {
		return err
	}
	j.warm[side] = warmCaches(j.suite.Build.Cache, j.trees[side], j.homes[side])
	if err := makeCaches(j.suite.Build.Cache, j.trees[side], j.homes[side]); err != nil {
		return err
	}
	return giveAway(j.as, j.trees[side], j.homes[side])
}

// giveAway makes folders another user's, with all that is in them. No link is
// followed, and nothing runs that could exchange one meanwhile.
func giveAway(as engine.As, folders ...string) error {
	if as == (engine.As{}) {
		return nil
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if now := info.Sys().(*syscall.Stat_t); int(now.Uid) == as.UID && int(now.Gid) == as.GID {
				return nil
			}
			return os.Lchown(path, as.UID, as.GID)
		})
		if err != nil {
			return fmt.Errorf("give %s to user %s: %w", folder, as, err)
		}
	}
	return nil
}

// makeCaches makes the folders that the suite wants kept, as the invoking user:
// made by an engine they would be root's.
func makeCaches(paths []string, tree, home string) error {
	for _, path := range paths {
		base, local := tree, path
		if inHome, ok := strings.CutPrefix(path, "~/"); ok {
			base, local = home, inHome
		}
		root, err := os.OpenRoot(base)
		if err != nil {
			return fmt.Errorf("make cache folder: %w", err)
		}
		err = root.MkdirAll(filepath.Clean(local), 0o755)
		_ = root.Close()
		if err != nil {
			return fmt.Errorf("make cache folder %s: %w", path, err)
		}
	}
	return nil
}

func (h *Harness) spec(j *job, side results.Side) engine.Spec {
	return engine.Spec{
		Run: j.run.ID, Owner: h.Owner, Side: side, Image: j.images[side].ID,
		Work: j.trees[side], Home: j.homes[side], GitDir: j.mirror.GitDir(), As: j.as,
	}
}

func (m Machine) logSize() int64 { return cmp.Or(m.LogSize, 64<<20) }

func (h *Harness) buildSide(ctx context.Context, j *job, side results.Side) error {
	h.Progress.Say(fmt.Sprintf("building %s %.12s", side, j.commit(side).Rev))
	folder := filepath.Join(h.Logs, j.run.ID)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make folder for logs: %w", err)
	}
	path := filepath.Join(folder, "build-"+string(side)+".log")
	log, err := capped.Open(path, h.Machine.logSize())
	if err != nil {
		return fmt.Errorf("write build log: %w", err)
	}
	defer log.Close()
	end := &ending{}
	spec := h.spec(j, side)
	spec.Network, spec.Env = j.suite.Build.Network, j.buildEnv
	begin := time.Now()
	status, err := h.Engine.Build(ctx, spec, j.suite.Build.Run, io.MultiWriter(log, end))
	if err != nil {
		return fmt.Errorf("build %s: %w", side, err)
	}
	if status != 0 {
		return buildProblem(side, status, path, end.text)
	}
	j.note("build of "+string(side), fmt.Sprintf("%s, %s", Roughly(time.Since(begin)), warmth(j.warm[side], j.suite.Build.Cache)))
	return nil
}

// warmth words which caches a build found filled. They change how long it takes, and
// no measurement: what is measured is built by then.
func warmth(warm, all []string) string {
	switch {
	case len(all) == 0:
		return "nothing is kept between builds"
	case len(warm) == 0:
		return "from scratch: " + strings.Join(all, ", ") + " were empty"
	}
	return "with what earlier builds left in " + strings.Join(warm, ", ")
}

// warmCaches are the cache folders that hold something.
func warmCaches(paths []string, tree, home string) (warm []string) {
	for _, path := range paths {
		base, local := tree, path
		if inHome, ok := strings.CutPrefix(path, "~/"); ok {
			base, local = home, inHome
		}
		if entries, err := os.ReadDir(filepath.Join(base, local)); err == nil && len(entries) > 0 {
			warm = append(warm, path)
		}
	}
	return warm
}

// How much of a failed build is shown at once. A build may print more than memory holds,
// and more than its log.
const (
	tailLines = 20
	tailBytes = 16 << 10
)

// ending remembers the end of what is written.
type ending struct{ text []byte }

func (e *ending) Write(text []byte) (int, error) {
	e.text = append(e.text, text[max(0, len(text)-tailBytes):]...)
	e.text = e.text[max(0, len(e.text)-tailBytes):]
	return len(text), nil
}

func buildProblem(side results.Side, status int, path string, text []byte) error {
	lines := strings.Split(strings.TrimRight(string(bytes.ToValidUTF8(text, []byte("?"))), "\n"), "\n")
	return &results.Problem{
		Kind: results.CannotRun, Where: "build of " + string(side),
		What:    fmt.Sprintf("it failed with status %d", status),
		Excerpt: strings.Join(lines[max(0, len(lines)-tailLines):], "\n"),
		Next:    "the whole output is in " + path,
	}
}

// settings merges environments, the later ones winning, as sorted NAME=value.
func settings(environments ...map[string]string) []string {
	merged := map[string]string{}
	for _, environment := range environments {
		maps.Copy(merged, environment)
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		lines = append(lines, name+"="+merged[name])
	}
	return lines
}
