package setup

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// How long processes may take to end by themselves, and how often they are looked at.
const (
	endPatience = 3 * time.Second
	endEvery    = 50 * time.Millisecond
)

// EndProcesses ends every process of a user that perfrun made: sessions of people who
// are connected at the moment. Who does not end when asked is killed. It refuses root
// and users that have a number above the system's: they are no users of perfrun's.
func EndProcesses(ctx context.Context, name string) error {
	account, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil || uid <= 0 || uid >= 1000 {
		return fmt.Errorf("user %s has the number %s, which is none of the system's users", name, account.Uid)
	}
	return endProcesses(ctx, uint64(uid), endPatience)
}

// endProcesses asks, and from patience on kills, until there is none left.
func endProcesses(ctx context.Context, uid uint64, patience time.Duration) error {
	start := time.Now()
	for signal := syscall.SIGTERM; ; signal = later(start, patience) {
		left, err := signalAll(uid, signal)
		if err != nil || left == 0 {
			return err
		}
		if time.Since(start) > 2*patience {
			return fmt.Errorf("%d processes do not end", left)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(endEvery):
		}
	}
}

// later is the signal of every look but the first: none but to see who is left, and
// in the end one that nobody can refuse.
func later(start time.Time, patience time.Duration) syscall.Signal {
	if time.Since(start) < patience {
		return 0
	}
	return syscall.SIGKILL
}

// signalAll sends a signal to every process of a user and returns how many they are.
// One that has ended and waits for its parent is none.
func signalAll(uid uint64, signal syscall.Signal) (left int, err error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		status, err := p.NewStatus()
		if err != nil || status.UIDs[0] != uid && status.UIDs[1] != uid {
			continue // gone meanwhile, or not theirs
		}
		if stat, err := p.Stat(); err != nil || stat.State == "Z" {
			continue
		}
		if err := syscall.Kill(p.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return 0, err
		}
		left++
	}
	return left, nil
}
