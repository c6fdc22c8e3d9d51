package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// stamp is how systemctl writes when something was.
const stamp = "Mon 2006-01-02 15:04:05.000000 MST"

// renew starts a unit again that runs with what its files said before they were
// changed. Where systemd does not say since when it runs, it is started again.
func (s System) renew(ctx context.Context, unit string, files []string) error {
	if len(files) == 0 {
		return nil
	}
	out, err := s.Run(ctx, "systemctl", "show", "--property=ExecMainStartTimestamp", "--value", "--timestamp=us+utc", unit)
	text := strings.TrimSpace(out)
	if err == nil && text == "" {
		return nil // it never ran
	}
	since, _ := time.Parse(stamp, text)
	file, err := s.newer(files, since)
	if err != nil || file == "" {
		return err
	}
	s.Say("restarting " + unit + ", because " + file + " was changed after it began: what this interrupts is taken up again")
	if out, err := s.Run(ctx, "systemctl", "try-restart", unit); err != nil {
		return failed("systemctl try-restart "+unit, out, err)
	}
	return nil
}

// newer names the first file that was changed after a time, by its ctime: a copy may
// have any other.
func (s System) newer(files []string, since time.Time) (string, error) {
	for _, file := range files {
		info, err := os.Stat(s.path(file))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", fmt.Errorf("look when %s was changed: %w", file, err)
		case time.Unix(info.Sys().(*syscall.Stat_t).Ctim.Unix()).After(since):
			return file, nil
		}
	}
	return "", nil
}
