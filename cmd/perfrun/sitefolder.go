package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// siteManifest lists what the last writing wrote. A folder without it is not ours, and
// nothing in it is touched.
const siteManifest = ".perfrun-site"

// siteFolder is a folder that is made, or that an earlier writing made: what that wrote
// and this does not is removed in the end.
type siteFolder struct {
	path        string
	before, now []string
}

// Begin claims the folder. Until End it answers for what both writings wrote, so that one
// that is cut off leaves nothing unknown.
func (f *siteFolder) Begin(addresses []string) (err error) {
	if f.before, err = claimFolder(f.path); err != nil {
		return err
	}
	f.now = addresses
	if err := f.list(append(f.before[:len(f.before):len(f.before)], addresses...)); err != nil {
		return err
	}
	made := map[string]bool{}
	for _, address := range addresses {
		part := filepath.Dir(filepath.Join(f.path, address))
		if made[part] {
			continue
		}
		made[part] = true
		if err := os.MkdirAll(part, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (f *siteFolder) list(addresses []string) error {
	return os.WriteFile(filepath.Join(f.path, siteManifest), []byte(strings.Join(addresses, "\n")), 0o644)
}

// Put writes one file.
func (f *siteFolder) Put(address string, body []byte) error {
	return os.WriteFile(filepath.Join(f.path, address), body, 0o644)
}

// End removes what an earlier site had and this one has not. A name that leads out of the
// folder is nobody's.
func (f *siteFolder) End() error {
	keep := map[string]bool{}
	for _, address := range f.now {
		keep[address] = true
	}
	errs := []error{f.list(f.now)}
	for _, address := range f.before {
		if keep[address] || !filepath.IsLocal(address) {
			continue
		}
		if err := os.Remove(filepath.Join(f.path, address)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// claimFolder makes the folder and returns what an earlier site left in it.
func claimFolder(path string) ([]string, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(path, siteManifest))
	if err == nil {
		return strings.Split(string(text), "\n"), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, &results.Problem{Kind: results.BadInput, Where: path, What: "there is something in it that is no site of perfrun's", Next: "give a new folder, or an empty one"}
	}
	return nil, nil
}
