package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Remove takes away what Install made. What was measured, and what a person may have
// written, stays unless everything shall go. It goes on after an error.
func (s System) Remove(ctx context.Context, p Plan, everything bool) error {
	var errs []error
	for _, unit := range slices.Backward(p.Units) {
		s.Say("stopping " + unit)
		if out, err := s.Run(ctx, "systemctl", "disable", "--now", unit); err != nil && !strings.Contains(out, "does not exist") {
			errs = append(errs, failed("systemctl disable --now "+unit, out, err))
		}
	}
	if p.PutBack != nil {
		if err := p.PutBack(); err != nil {
			errs, everything = append(errs, err), false
		}
	}
	for _, f := range p.Files {
		if !f.Keep || everything {
			errs = append(errs, s.remove(f.Path))
		}
	}
	if p.SSHD != nil {
		errs = append(errs, s.remove(p.SSHD.Path))
		if out, err := s.Run(ctx, "systemctl", "reload-or-try-restart", "ssh.service"); err != nil {
			errs = append(errs, failed("reload sshd", out, err))
		}
	}
	if out, err := s.Run(ctx, "systemctl", "daemon-reload"); err != nil {
		errs = append(errs, failed("systemctl daemon-reload", out, err))
	}
	errs = append(errs, s.removeProgram(ctx, p)) // what says whose it is lies in a folder
	for _, f := range slices.Backward(p.Folders) {
		errs = append(errs, s.removeFolder(f, everything))
	}
	for _, u := range p.Users {
		errs = append(errs, s.removeUser(ctx, u))
	}
	return errors.Join(errs...)
}

// removeUser takes a user away, with all that runs as it. One with another home is a
// person's or a package's, which the configuration names: it stays.
func (s System) removeUser(ctx context.Context, u User) error {
	entry, err := s.Run(ctx, "getent", "passwd", u.Name)
	if err != nil {
		return nil
	}
	if fields := strings.Split(strings.TrimSpace(entry), ":"); len(fields) != 7 || fields[5] != u.Home {
		s.Say("leaving user " + u.Name + ", whom perfrun did not make")
		return nil
	}
	s.Say("removing user " + u.Name)
	if err := s.End(ctx, u.Name); err != nil {
		return fmt.Errorf("end what runs as %s: %w", u.Name, err)
	}
	if out, err := s.Run(ctx, "userdel", u.Name); err != nil {
		return failed("userdel "+u.Name, out, err)
	}
	return nil
}

// removeProgram takes away the program that Install copied, unless a package has brought
// one since.
func (s System) removeProgram(ctx context.Context, p Plan) error {
	if _, err := os.Stat(s.path(p.Copied)); p.Copied == "" || err != nil {
		return nil
	}
	if _, err := s.Run(ctx, "dpkg", "-S", p.Program); err == nil {
		return s.remove(p.Copied)
	}
	return errors.Join(s.remove(p.Program), s.remove(p.Copied))
}

func (s System) remove(path string) error {
	err := os.Remove(s.path(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.Say("removing " + path)
	return err
}

func (s System) removeFolder(f Folder, everything bool) error {
	path := s.path(f.Path)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if f.Data && !everything {
		s.Say("leaving " + f.Path + " as it is")
		return nil
	}
	s.Say("removing " + f.Path)
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("remove %s: %w", f.Path, err)
	}
	return nil
}
