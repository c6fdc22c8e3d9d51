package sshconn

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
)

// cause is one usual reason for ssh to fail, and what a person can do.
type cause struct {
	said       *regexp.Regexp // on standard error
	what, next string
	lasting    bool
}

// causes are looked through in this order: ssh often says several things, and the
// first of them that is listed here is the reason.
var causes = []cause{
	{
		regexp.MustCompile(`REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed|Offending .* key in`),
		"the host's key is not the one that is known",
		"somebody may be in between, or the box or relay was set up anew: ask its owner for the key's fingerprint, and only then remove the old one with ssh-keygen -R", true,
	},
	{
		regexp.MustCompile(`Host key verification failed|host key is known for`),
		"the host's key is not known here",
		"connect once by hand with ssh and compare the fingerprint, or put the key into known_hosts", true,
	},
	{
		regexp.MustCompile(`Too many authentication failures`),
		"it was offered too many keys before the right one",
		"name the key with IdentityFile and IdentitiesOnly yes in ~/.ssh/config", true,
	},
	{
		regexp.MustCompile(`Permission denied \(`),
		"no key of yours is let in",
		"show your public key to an admin of the box (perfrun access add); ssh-add -l lists the keys that your agent offers", true,
	},
	{
		regexp.MustCompile(`Bad owner or permissions|Bad configuration option|Unsupported option|terminating, [0-9]+ bad configuration|unknown option`),
		"ssh refuses its configuration or its arguments",
		"try ssh by hand", true,
	},
	{
		regexp.MustCompile(`Could not resolve hostname`),
		"there is no host of this name",
		"check the name, and that this machine is connected", false,
	},
	{
		regexp.MustCompile(`Connection refused`),
		"nothing listens there",
		"the tunnel of the box may be down: perfrun tunnel status says more", false,
	},
	{
		regexp.MustCompile(`timed out|No route to host|Network is unreachable|not responding|Host is down`),
		"there is no answer",
		"check the network; perfrun tunnel status says more", false,
	},
	{
		regexp.MustCompile(`Connection (to .* )?(closed|reset)|Broken pipe|kex_exchange_identification|banner exchange|client_loop`),
		"the connection was closed by the other end",
		"the tunnel of the box may be down, or comes up again: perfrun tunnel status says more", false,
	},
	{
		regexp.MustCompile(`[Pp]ort forwarding failed|stdio forwarding failed|administratively prohibited|open failed`),
		"the jump host does not lead on to it",
		"the tunnel of the box may be down: perfrun tunnel status says more", false,
	},
}

// The exit codes of ssh that mean something: its own failure, and those of the
// shell at the other end.
const (
	exitSSH           = 255
	exitNotFound      = 127
	exitNotExecutable = 126
)

// unreachable makes an error of how the child ended.
func (c *Conn) unreachable(code int) *tunnel.Unreachable {
	lines := c.stderr.lines()
	u := c.problem("", "", false)
	for _, known := range causes {
		if code == exitSSH && slices.ContainsFunc(lines, known.said.MatchString) {
			u = c.problem(known.what, known.next, known.lasting)
			break
		}
	}
	switch {
	case u.Problem.What != "":
	case code == exitNotFound || code == exitNotExecutable:
		u = c.problem("perfrun cannot be started there", "install it on the box, or check the forced command of your key", true)
	case code == exitSSH:
		u = c.problem("ssh failed", "try it by hand: ssh "+c.address.String(), false)
	case code < 0:
		u = c.problem("ssh was killed", "", false)
	case code == 0:
		u = c.problem("the other end closed the connection without a word", "", false)
	default:
		u = c.problem(fmt.Sprintf("the other end ended with code %d", code), "", false)
	}
	u.Problem.What += said(lines)
	return u
}

// said quotes the end of what ssh said.
func said(lines []string) string {
	const most = 3
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Trim(line, "@ ") == "" })
	if len(lines) == 0 {
		return ""
	}
	text := []rune(strings.Join(lines[max(0, len(lines)-most):], " / "))
	return " (ssh says: " + string(text[max(0, len(text)-400):]) + ")"
}

func (c *Conn) problem(what, next string, lasting bool) *tunnel.Unreachable {
	return &tunnel.Unreachable{
		Problem: results.Problem{Kind: results.CannotRun, Where: "box " + c.address.String(), What: what, Next: next},
		Lasting: lasting,
	}
}

// noProgram is the error of an ssh that cannot be started.
func noProgram(a tunnel.Address, program string, err error) error {
	p := results.Problem{Kind: results.CannotRun, Where: "box " + a.String(), What: fmt.Sprintf("%s cannot be started (%v)", program, err), Err: err}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		p.What, p.Next = "there is no program "+program+" on this machine", "install OpenSSH's client (Debian: apt install openssh-client)"
	}
	return &tunnel.Unreachable{Problem: p, Lasting: true}
}
