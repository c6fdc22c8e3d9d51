package services

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// bound is a path of the tree that a container gets: a bind, or the file of a secret.
type bound struct {
	path, service, real string // service: whose it is; empty: of several
	readOnly            bool
	set                 func(real string)
}

// kept is a copy of a file, as it was when the compose file was checked.
type kept struct {
	path     string
	text     []byte
	mode     os.FileMode
	uid, gid int
}

// settle makes sure that what was checked is what is mounted. Docker follows paths when a
// container starts; by then another may run that can write above the path, and put a link
// there that leads anywhere on this machine. Nobody else writes to the tree meanwhile: the
// build is over, and the benchmark's container begins after the services and ends before
// others come. So what lies below a folder that another service can write to is copied
// beforehand if it is a file that is only read, and else refused.
func (r *resolver) settle(project *Project) error {
	if r.allow.HostMounts {
		return nil
	}
	project.stage = r.place.Work + ".services"
	for _, b := range r.bound {
		above, found := r.above(b)
		if !found {
			continue
		}
		file, err := keep(r.place.Work, b)
		if err != nil {
			return r.refuse(b.path, fmt.Sprintf("%s can write above it (%s), and put a link to another place of this machine there (no copy of it can be mounted instead: %v)", above.service, above.path, err),
				"mount the folder above read-only (:ro), or mount the same folder in both, or use a volume")
		}
		file.path = filepath.Join(project.stage, strconv.Itoa(len(project.kept)))
		b.set(file.path)
		project.kept = append(project.kept, file)
		r.say("%s is mounted as a copy: %s can write above it", b.path, above.service)
	}
	return nil
}

// above finds a folder above a path that another service can write to. A service's own
// does no harm: all of its mounts are made before it runs.
func (r *resolver) above(b bound) (bound, bool) {
	for _, other := range r.bound {
		if !other.readOnly && other.service != b.service && strings.HasPrefix(b.real, other.real+string(filepath.Separator)) {
			return other, true
		}
	}
	return bound{}, false
}

// keep reads a file that is only read.
func keep(tree string, b bound) (kept, error) {
	if !b.readOnly {
		return kept{}, errors.New("it is mounted writable")
	}
	_, text, err := readInside(tree, b.real)
	if err != nil {
		return kept{}, err
	}
	info, err := os.Stat(b.real)
	if err != nil {
		return kept{}, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return kept{text: text, mode: info.Mode().Perm(), uid: int(owner.Uid), gid: int(owner.Gid)}, nil
}

// makeCopies writes what was kept where no container writes, beside the tree.
func (project *Project) makeCopies() error {
	if len(project.kept) == 0 {
		return nil
	}
	if err := errors.Join(os.RemoveAll(project.stage), os.Mkdir(project.stage, 0o700)); err != nil {
		return fmt.Errorf("make a folder for what services mount: %w", err)
	}
	for _, file := range project.kept {
		err := os.WriteFile(file.path, file.text, 0o600)
		if err == nil && os.Geteuid() == 0 {
			err = os.Lchown(file.path, file.uid, file.gid)
		}
		if err = errors.Join(err, os.Chmod(file.path, file.mode)); err != nil {
			return fmt.Errorf("copy what services mount: %w", err)
		}
	}
	return nil
}

// removeCopies removes them again.
func (project *Project) removeCopies() error {
	if len(project.kept) == 0 {
		return nil
	}
	return os.RemoveAll(project.stage)
}
