package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// link is a submodule of a commit: the folder and the commit it stands for.
type link struct{ path, rev string }

// submodules lays out a commit's submodules, and theirs, from the copies that
// the user's repository has. Nothing is fetched from elsewhere: a run must not
// depend on what a server says today.
func (m *Mirror) submodules(ctx context.Context, dir string, commit results.Commit) error {
	return m.layLinks(ctx, m.git(), m.repo, m.userGitDir(ctx), dir, commit.Rev)
}

// layLinks lays out the submodules of one commit. in reads that commit; from is
// the user's checkout of it, gitDir its repository; dir is where ours goes.
func (m *Mirror) layLinks(ctx context.Context, in git, from, gitDir, dir, rev string) error {
	links, err := listLinks(ctx, in, rev)
	if err != nil {
		return err
	}
	for _, l := range links {
		theirs := findModule(filepath.Join(from, l.path), gitDir, l.path)
		// Its own idea of its work tree may be a folder that is gone.
		module := git{dir: m.folder, env: []string{"GIT_DIR=" + theirs, "GIT_WORK_TREE=" + m.folder}}
		if theirs == "" || !holds(ctx, module, l.rev) {
			return &results.Problem{
				Kind: results.BadInput, Where: "submodule " + l.path,
				What: fmt.Sprintf("commit %.12s needs its commit %.12s, which %s does not have", rev, l.rev, from),
				Next: "run git submodule update --init --recursive in the repository, then repeat",
			}
		}
		target := filepath.Join(dir, l.path)
		if err := m.layModule(ctx, module, target, l.rev); err != nil {
			return fmt.Errorf("lay out submodule %s: %w", l.path, err)
		}
		if err := m.layLinks(ctx, module, filepath.Join(from, l.path), theirs, target, l.rev); err != nil {
			return err
		}
	}
	return nil
}

func listLinks(ctx context.Context, in git, rev string) (links []link, err error) {
	out, err := in.run(ctx, "ls-tree", "-r", "-z", "--full-tree", rev)
	if err != nil {
		return nil, fmt.Errorf("list submodules: %w", err)
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, _ := strings.Cut(entry, "\t")
		if fields := strings.Fields(about); len(fields) == 3 && fields[1] == "commit" {
			links = append(links, link{path, fields[2]})
		}
	}
	return links, nil
}

func holds(ctx context.Context, in git, rev string) bool {
	_, err := in.run(ctx, "cat-file", "-e", rev+"^{commit}")
	return err == nil
}

// findModule finds the repository of a submodule: what its checkout's .git is or
// names, else where git keeps it for the repository around it. An uninitialised
// submodule is an empty folder and has neither.
func findModule(checkout, gitDir, path string) string {
	dot := filepath.Join(checkout, ".git")
	if info, err := os.Stat(dot); err == nil && info.IsDir() {
		return dot
	}
	if text, err := os.ReadFile(dot); err == nil {
		if named, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: "); ok {
			if !filepath.IsAbs(named) {
				named = filepath.Join(checkout, named)
			}
			return named
		}
	}
	if kept := filepath.Join(gitDir, "modules", path); exists(filepath.Join(kept, "HEAD")) {
		return kept
	}
	return ""
}

// layModule brings a folder to a submodule's commit. Its index stays between
// runs, so that files which did not change are not written again and those that
// are gone go.
func (m *Mirror) layModule(ctx context.Context, module git, target, rev string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(target))
	index := filepath.Join(m.folder, "submodule-"+hex.EncodeToString(sum[:6])+".index")
	if err := os.Remove(index + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	module.dir = target
	module.env = append(module.env, "GIT_INDEX_FILE="+index, "GIT_WORK_TREE="+target)
	_, err := module.run(ctx, "read-tree", "--reset", "-u", rev)
	if err != nil { // an index that a killed run tore
		_ = os.Remove(index)
		_, err = module.run(ctx, "read-tree", "--reset", "-u", rev)
	}
	return err
}

// userGitDir is the repository proper behind the user's checkout.
func (m *Mirror) userGitDir(ctx context.Context) string {
	dir, err := m.user().line(ctx, "rev-parse", "--path-format=absolute", "--git-common-dir")
	if err != nil {
		return ""
	}
	return dir
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
