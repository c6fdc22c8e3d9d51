package sshconn

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"

	"mtrlz.dev/perfrun/tunnel"
)

// ProgramVariable names another program to be used as ssh.
const ProgramVariable = "PERFRUN_SSH"

// remoteCommand is what runs on the box. A forced command takes its place there.
var remoteCommand = []string{"perfrun", "dial-stdio"}

// Attended reports whether somebody is there to type a passphrase or to look at a
// new host's key: standard input is a terminal, and this is no CI job.
func Attended() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && os.Getenv("CI") == ""
}

// arguments are those of ssh. The host comes after --, so that it cannot be an
// option, whatever an address may hold one day.
func arguments(a tunnel.Address, attended bool, remote []string) []string {
	args := []string{"-T"}
	if !attended {
		args = append(args, "-o", "BatchMode=yes")
	}
	if a.Port != 0 {
		args = append(args, "-p", strconv.Itoa(a.Port))
	}
	host := a.Host
	if a.User != "" {
		host = a.User + "@" + host
	}
	return append(args, "--", host, quote(remote))
}

// plainWord needs no quotes in a POSIX shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quote joins words so that a POSIX shell, which sshd gives them to, takes them
// apart again.
func quote(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if !plainWord.MatchString(word) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// command is the child. Where nobody attends it gets a session of its own: it then
// has no terminal to ask at, and a Ctrl-C that is meant for us leaves it alone.
func command(a tunnel.Address, o Options) *exec.Cmd {
	remote := o.Remote
	if remote == nil {
		remote = remoteCommand
	}
	program := cmp.Or(o.Program, os.Getenv(ProgramVariable), "ssh")
	cmd := exec.Command(program, arguments(a, o.Attended, remote)...)
	if !o.Attended {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	return cmd
}
