package guesttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Run has the box's root shell run a command, and returns what it wrote to standard
// output. The error of a command that fails holds the end of its standard error and is
// an *exec.ExitError with its status underneath; 255 is ssh's own. A command whose
// context ends goes on in the box.
func (m *Machine) Run(ctx context.Context, command string) (out string, err error) {
	return m.run(ctx, nil, command)
}

// Copy puts a file into the box, whole or not at all, with its mode and the folders
// above it. What is wrong ends the test.
func (m *Machine) Copy(ctx context.Context, hostFile, guestPath string) {
	t := m.emulator.t
	t.Helper()
	file, err := os.Open(hostFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	dir, name, partial := quote(path.Dir(guestPath)), quote(guestPath), quote(guestPath+".partial")
	command := fmt.Sprintf("mkdir -p %s && cat >%s && chmod %o %s && mv -T %s %s",
		dir, partial, info.Mode().Perm(), partial, partial, name)
	if _, err := m.run(ctx, file, command); err != nil {
		m.emulator.fatal("copy %s into the box: %v", hostFile, err)
	}
}

func (m *Machine) run(ctx context.Context, stdin io.Reader, command string) (string, error) {
	m.emulator.t.Helper()
	out, stderr, err := m.ssh(ctx, stdin, "-S", m.socket, "root@127.0.0.1", "--", command)
	if err != nil {
		err = fmt.Errorf("%s in the box: %w\n%s", command, err, lastLines(stderr, 40))
	}
	return out, err
}

// connect makes the connection that all commands of this boot go through: to log in
// takes seconds where it is emulated. It ends when the box does.
func (m *Machine) connect(ctx context.Context) {
	e := m.emulator
	e.t.Helper()
	if m.sockets == "" { // short, for the name of a socket is limited
		dir, err := os.MkdirTemp("", "box-")
		if err != nil {
			e.t.Fatal(err)
		}
		e.t.Cleanup(func() { _ = os.RemoveAll(dir) })
		m.sockets = dir
	}
	m.socket = filepath.Join(m.sockets, strconv.Itoa(boots(e.output.String())))
	if _, stderr, err := m.ssh(ctx, nil, "-f", "-N", "-M", "-S", m.socket, "root@127.0.0.1"); err != nil {
		e.fatal("connect to the box: %v\n%s", err, stderr)
	}
}

// ssh lets neither the user's settings nor their keys or agent in.
func (m *Machine) ssh(ctx context.Context, stdin io.Reader, arguments ...string) (stdout, stderr string, err error) {
	t := m.emulator.t
	t.Helper()
	all := []string{"-F", "none", "-T", "-p", strconv.Itoa(m.port), "-i", part(t, "key")}
	for _, option := range []string{
		"BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes", "HostKeyAlias=perfrun-guest",
		"UserKnownHostsFile=" + part(t, "known_hosts"), "GlobalKnownHostsFile=none", "LogLevel=ERROR", "ConnectTimeout=120",
	} {
		all = append(all, "-o", option)
	}
	cmd := exec.CommandContext(ctx, "ssh", append(all, arguments...)...)
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &problems
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return out.String(), problems.String(), err
}

// quote makes one word of a POSIX shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
