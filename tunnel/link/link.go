package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say which link is meant.
type Options struct {
	Host string // the relay's
	Port int    // on it, that leads to the box
	// Keys are the host keys that the box has, as "kind base64"; empty: nobody knows
	// whether it is the box that answers.
	Keys    []string
	Timeout time.Duration // for each step; 0: 10 s
}

// Status is how a link is.
type Status struct {
	Up          bool          `json:"up"`
	What        string        `json:"what"`           // one sentence
	Next        string        `json:"next,omitempty"` // what to do
	Fingerprint string        `json:"fingerprint,omitempty"`
	RoundTrip   time.Duration `json:"round_trip_ns,omitempty"` // from asking to the first word of the box's sshd
	Since       time.Time     `json:"since,omitzero"`          // as it is now; zero: nobody watched
	Cuts        []Cut         `json:"cuts,omitempty"`          // the latest last
}

// Cut is a time during which the link was down.
type Cut struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero: it is down still
	What string    `json:"what"`        // how it was found to be
}

const defaultTimeout = 10 * time.Second

// Check goes the way once.
func Check(ctx context.Context, o Options) Status {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	at := net.JoinHostPort(o.Host, strconv.Itoa(o.Port))
	begun := time.Now()
	banner, err := knock(ctx, at, o.Timeout)
	if err != nil {
		return o.failed(at, err)
	}
	took := time.Since(begun)
	if !strings.HasPrefix(banner, "SSH-") {
		return Status{What: fmt.Sprintf("%s answers, but it is no sshd: %.60q", at, banner), Next: "another service has the port on the relay: look there with ss -ltnp"}
	}
	found, err := o.scan(ctx)
	if err != nil {
		return Status{What: fmt.Sprintf("an sshd answers at %s, but tells no host key (%v)", at, err), Next: "try again; then look at its log", RoundTrip: took}
	}
	return o.compare(at, found, took)
}

// compare says whether one of the keys found is the box's.
func (o Options) compare(at string, found []string, took time.Duration) Status {
	s := Status{RoundTrip: took, Fingerprint: fingerprint(found[0])}
	for _, key := range found {
		if slices.Contains(o.Keys, key) {
			s.Up, s.Fingerprint = true, fingerprint(key)
			s.What = fmt.Sprintf("%s leads to this box", at)
			return s
		}
	}
	if len(o.Keys) == 0 {
		s.What = fmt.Sprintf("%s leads to an sshd whose key nobody here knows (%s)", at, s.Fingerprint)
		s.Next = "compare it with what ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub prints on the box, and take it up into known_hosts if it is the same"
		return s
	}
	s.What = fmt.Sprintf("%s leads to another machine: its key is %s, and the box's is %s", at, s.Fingerprint, fingerprint(o.Keys[0]))
	s.Next = "another box, or the relay's own sshd, has the port: look on the relay with ss -ltnp who listens there"
	return s
}

// errSilent is the error of a peer that accepts and says nothing.
var errSilent = errors.New("it accepts and says nothing")

// knock connects and returns the first line that is said.
func knock(ctx context.Context, at string, timeout time.Duration) (string, error) {
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, "tcp", at)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return "", err
	}
	line := make([]byte, 255) // RFC 4253, section 4.2
	n, err := conn.Read(line)
	switch {
	case n > 0:
		return string(bytes.TrimSpace(line[:n])), nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", errSilent
	}
	return "", err
}

// failed says what is behind an error.
func (o Options) failed(at string, err error) Status {
	_, name := errors.AsType[*net.DNSError](err)
	switch {
	case name:
		return Status{What: fmt.Sprintf("the relay %s has no address (%v)", o.Host, err), Next: "check the name, and whether this machine reaches any name server"}
	case errors.Is(err, errSilent):
		return Status{
			What: fmt.Sprintf("%s accepts connections and says nothing: the relay holds the end of a tunnel that is dead", at),
			Next: "wait a minute: the relay's keep-alives end it; if not, its sshd lacks the settings of perfrun tunnel units relay",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Status{What: fmt.Sprintf("the relay answers, but nothing listens at %s: the tunnel is down", at), Next: "on the box: systemctl status perfrun-tunnel"}
	case errors.Is(err, syscall.ECONNRESET), strings.HasSuffix(err.Error(), "EOF"):
		return Status{What: fmt.Sprintf("%s closes connections at once: the tunnel, or the box's sshd at its end, is going down or overloaded", at), Next: "try again in a minute; then systemctl status ssh, on the box"}
	}
	return Status{What: fmt.Sprintf("the relay %s cannot be reached (%v)", o.Host, err), Next: "check the network here, then the relay"}
}

// scan asks for host keys: for one of the kind that the box is known by, which tells
// whether it is the box, and for all kinds where there is none.
func (o Options) scan(ctx context.Context) (keys []string, err error) {
	if len(o.Keys) > 0 {
		if keys, _ = o.scanFor(ctx, kindOf(o.Keys[0])); len(keys) > 0 {
			return keys, nil
		}
	}
	return o.scanFor(ctx, "ed25519,ecdsa,rsa")
}

// kindOf is what ssh-keyscan calls the kind of a key.
func kindOf(key string) string {
	kind, _, _ := strings.Cut(key, " ")
	kind, _, _ = strings.Cut(strings.TrimPrefix(kind, "ssh-"), "-")
	return kind
}

// scanFor asks by OpenSSH's own program. That has a limit for the connection alone: where
// a tunnel dies during the exchange of keys it would wait for ever.
func (o Options) scanFor(ctx context.Context, kinds string) (keys []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	seconds := strconv.Itoa(max(1, int(o.Timeout/time.Second)))
	out, err := exec.CommandContext(ctx, "ssh-keyscan", "-t", kinds, "-T", seconds, "-p", strconv.Itoa(o.Port), "--", o.Host).Output()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) >= 3 && !strings.HasPrefix(line, "#") {
			keys = append(keys, fields[1]+" "+fields[2])
		}
	}
	if len(keys) > 0 {
		return keys, nil
	}
	switch {
	case ctx.Err() != nil:
		err = errors.New("it falls silent while keys are exchanged")
	case err == nil:
		err = errors.New("ssh-keyscan found none")
	}
	return nil, err
}

// OwnKeys are the public host keys of this machine, from a folder like /etc/ssh.
func OwnKeys(folder string) (keys []string, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "ssh_host_*_key.pub"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read this machine's host keys: %w", err)
		}
		if fields := strings.Fields(string(text)); len(fields) >= 2 {
			keys = append(keys, fields[0]+" "+fields[1])
		}
	}
	return keys, nil
}

// KnownKeys are the keys that ssh knows by a name, as files of known hosts have them; a
// relay's port other than 22 is "[HOST]:PORT" there.
func KnownKeys(ctx context.Context, name string, files []string) (keys []string) {
	for _, file := range files {
		out, _ := exec.CommandContext(ctx, "ssh-keygen", "-F", name, "-f", file).Output() // exits with 1 where it knows none
		for line := range strings.Lines(string(out)) {
			fields := strings.Fields(line)
			if len(fields) >= 3 && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "@") {
				keys = append(keys, fields[1]+" "+fields[2])
			}
		}
	}
	return keys
}
