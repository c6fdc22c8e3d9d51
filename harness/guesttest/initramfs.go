package guesttest

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The first program of each guest.
var (
	//go:embed small.init
	smallInit string
	//go:embed box.init
	boxInit string
)

// tree is a file system in the making; all its paths are absolute, as the guest
// sees them.
type tree struct {
	dirs  []string          // those that must be there though nothing is in them
	texts map[string]string // files by what is in them
	files map[string]string // files by the host's file that they are copies of
}

// initramfs writes the first file system of a guest: the tree, busybox and the
// kernel's modules. It is not compressed: unpacking is emulated too.
func initramfs(t testing.TB, tree tree) string {
	t.Helper()
	modules, err := filepath.Glob(filepath.Join(part(t, "modules"), "*.ko"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("there are no modules for the guest's kernel: run .ci/guest (%v)", err)
	}
	tree.files = maps.Clone(tree.files)
	if tree.files == nil {
		tree.files = map[string]string{}
	}
	tree.files["/bin/busybox"] = part(t, "busybox")
	for _, module := range modules {
		tree.files["/modules/"+filepath.Base(module)] = module
	}
	name := filepath.Join(t.TempDir(), "initramfs")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := tree.pack(&archive{to: out}); err != nil {
		t.Fatalf("pack the guest's first file system: %v", err)
	}
	return name
}

func (tree tree) pack(a *archive) error {
	made := map[string]bool{"/": true}
	for _, dir := range tree.dirs {
		makeDirs(a, made, dir)
	}
	for _, name := range slices.Sorted(maps.Keys(tree.texts)) {
		makeDirs(a, made, path.Dir(name))
		a.text(relative(name), tree.texts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(tree.files)) {
		if !path.IsAbs(name) || path.Clean(name) != name {
			return fmt.Errorf("%q is not a clean absolute path", name)
		}
		makeDirs(a, made, path.Dir(name))
		a.copy(relative(name), tree.files[name])
	}
	return a.close()
}

func makeDirs(a *archive, made map[string]bool, dir string) {
	if made[dir] {
		return
	}
	made[dir] = true
	makeDirs(a, made, path.Dir(dir))
	a.dir(relative(dir))
}

func relative(name string) string { return strings.TrimPrefix(name, "/") }
