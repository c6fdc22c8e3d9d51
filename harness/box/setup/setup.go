package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// User is a user of the system.
type User struct {
	Name, Home string
	Shell      string // /bin/sh for whom sshd runs forced commands, else /usr/sbin/nologin
}

// Folder is one that is made, with its owner.
type Folder struct {
	Path  string
	Mode  os.FileMode
	Owner string // empty: root
	Data  bool   // stays when the box is taken away, unless everything shall go
}

// File is one that is written.
type File struct {
	Path  string
	Text  string
	Mode  os.FileMode
	Owner string // empty: root
	Keep  bool   // one that is there already is left as it is, and stays
}

// Plan is what makes a machine a box.
type Plan struct {
	Program string // this perfrun is copied there, unless it is there
	Copied  string // file that says that it was copied: what a package or a person put there stays; empty: nothing is said
	Users   []User
	Folders []Folder
	Files   []File
	SSHD    *File    // settings of sshd; nil: none
	Units   []string // that are enabled and started, in this order
	// Reads are the files that a unit reads when it starts: it is started again where
	// one was changed since.
	Reads map[string][]string
	// PutBack is called by Remove when no unit runs any more: what it needs is there yet,
	// and stays where it fails. nil: there is nothing to put back.
	PutBack func() error
}

// System is the machine that is changed.
type System struct {
	Root string // of the file system; "/"
	Self string // this program
	Run  func(ctx context.Context, name string, args ...string) (output string, err error)
	Say  func(line string)
	End  func(ctx context.Context, user string) error // ends every process of a user; EndProcesses
}

// path is where a path of the plan lies.
func (s System) path(path string) string { return filepath.Join(s.Root, path) }

// Install makes the machine what the plan says.
func (s System) Install(ctx context.Context, p Plan) error {
	for _, step := range []func(context.Context, Plan) error{s.users, s.program, s.folders, s.files, s.sshd, s.units} {
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s System) users(ctx context.Context, p Plan) error {
	for _, u := range p.Users {
		if _, err := s.Run(ctx, "getent", "passwd", u.Name); err == nil {
			continue
		}
		s.Say("making user " + u.Name)
		if out, err := s.Run(ctx, "useradd", "--system", "--user-group", "--home-dir", u.Home, "--no-create-home", "--shell", u.Shell, u.Name); err != nil {
			return failed("useradd "+u.Name, out, err)
		}
	}
	return nil
}

// program copies this program, where another one is or none.
func (s System) program(_ context.Context, p Plan) error {
	to := s.path(p.Program)
	mine, err := os.ReadFile(s.Self)
	if err != nil {
		return fmt.Errorf("read own program: %w", err)
	}
	if there, err := os.ReadFile(to); err == nil && bytes.Equal(there, mine) {
		return nil
	}
	s.Say("copying this perfrun to " + p.Program)
	if err := s.write(to, mine, 0o755); err != nil || p.Copied == "" {
		return err
	}
	return s.write(s.path(p.Copied), []byte("perfrun box install put "+p.Program+" there; perfrun box uninstall removes it.\n"), 0o644)
}

func (s System) folders(ctx context.Context, p Plan) error {
	for _, f := range p.Folders {
		path := s.path(f.Path)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			s.Say("making folder " + f.Path)
		}
		if err := os.MkdirAll(path, f.Mode); err != nil {
			return fmt.Errorf("make folder %s: %w", f.Path, err)
		}
		if err := errors.Join(os.Chmod(path, f.Mode), s.own(ctx, path, f.Owner)); err != nil {
			return fmt.Errorf("make folder %s: %w", f.Path, err)
		}
	}
	return nil
}

func (s System) files(ctx context.Context, p Plan) error {
	for _, f := range p.Files {
		if err := s.file(ctx, f); err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	return nil
}

func (s System) file(ctx context.Context, f File) error {
	path := s.path(f.Path)
	there, err := os.ReadFile(path)
	if err == nil && (f.Keep || string(there) == f.Text) {
		return nil
	}
	s.Say("writing " + f.Path)
	if err := s.write(path, []byte(f.Text), f.Mode); err != nil {
		return err
	}
	return s.own(ctx, path, f.Owner)
}

// write replaces a file as a whole.
func (s System) write(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".perfrun-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone by its name after the rename
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// own gives a path to a user. On another root than / users are those of another
// machine, and nobody is asked.
func (s System) own(_ context.Context, path, owner string) error {
	if s.Root != "/" {
		return nil
	}
	uid, gid := 0, 0
	if owner != "" {
		account, err := user.Lookup(owner)
		if err != nil {
			return err
		}
		if uid, err = strconv.Atoi(account.Uid); err != nil {
			return err
		}
		if gid, err = strconv.Atoi(account.Gid); err != nil {
			return err
		}
	}
	return os.Chown(path, uid, gid)
}

// sshd writes its settings, and takes them away again where it does not understand
// them.
func (s System) sshd(ctx context.Context, p Plan) error {
	if p.SSHD == nil {
		return nil
	}
	path := s.path(p.SSHD.Path)
	before, err := os.ReadFile(path)
	if err == nil && string(before) == p.SSHD.Text {
		return nil
	}
	existed := err == nil
	if err := s.file(ctx, *p.SSHD); err != nil {
		return err
	}
	out, err := s.Run(ctx, "sshd", "-t")
	if err == nil {
		_, err = s.Run(ctx, "systemctl", "reload-or-try-restart", "ssh.service")
		return err
	}
	if existed {
		err = errors.Join(err, s.write(path, before, p.SSHD.Mode))
	} else {
		err = errors.Join(err, os.Remove(path))
	}
	return failed("sshd refuses the settings in "+p.SSHD.Path+", which are taken back", out, err)
}

func (s System) units(ctx context.Context, p Plan) error {
	if out, err := s.Run(ctx, "systemctl", "daemon-reload"); err != nil {
		return failed("systemctl daemon-reload", out, err)
	}
	for _, unit := range p.Units {
		s.Say("enabling and starting " + unit)
		if out, err := s.Run(ctx, "systemctl", "enable", "--now", unit); err != nil {
			return failed("systemctl enable --now "+unit, out, err)
		}
		if err := s.renew(ctx, unit, p.Reads[unit]); err != nil {
			return err
		}
	}
	return nil
}

func failed(doing, output string, err error) error {
	what := strings.TrimSpace(output)
	if what == "" {
		what = err.Error()
	}
	return &results.Problem{Kind: results.CannotRun, Where: doing, What: what, Next: "mend that and call it again: what is done already is left as it is", Err: err}
}
