package source

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// bootFile is where Linux names the present boot; markFile, in a repository of ours,
// is the boot in which it was last found sound.
const (
	bootFile = "/proc/sys/kernel/random/boot_id"
	markFile = "perfrun-boot"
)

// sound reports whether a bare repository of ours is whole. Each boot begins with a
// doubt, because a power cut leaves files empty that were not on the disk yet; it is
// looked into once.
func (g git) sound(ctx context.Context) bool {
	if bare, err := g.line(ctx, "rev-parse", "--is-bare-repository"); err != nil || bare != "true" {
		return false
	}
	mark, err := os.ReadFile(filepath.Join(g.dir, markFile))
	if err == nil && strings.TrimSpace(string(mark)) == bootID() {
		return true
	}
	if hasEmptyFile(filepath.Join(g.dir, "objects")) {
		return false
	}
	if _, err := g.run(ctx, "fsck", "--connectivity-only", "--no-dangling", "--no-progress"); err != nil {
		return false
	}
	g.trust()
	return true
}

// trust notes that a repository is sound in this boot. One that cannot be noted is looked
// at again.
func (g git) trust() {
	_ = os.WriteFile(filepath.Join(g.dir, markFile), []byte(bootID()+"\n"), 0o644)
}

func bootID() string {
	id, _ := os.ReadFile(bootFile)
	return strings.TrimSpace(string(id))
}

// hasEmptyFile reports whether a folder has a file without content: git writes none
// there.
func hasEmptyFile(folder string) bool {
	empty := false
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Size() == 0 {
			empty = true
			return fs.SkipAll
		}
		return nil
	})
	return empty
}
