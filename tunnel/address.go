package tunnel

import (
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// socketScheme begins the address of a daemon on this machine.
const socketScheme = "unix://"

// maxSocket is the longest path that the kernel takes for a unix socket.
const maxSocket = 107

// Address says where a box is: behind ssh, or a socket on this machine.
type Address struct {
	User   string // as whom ssh logs in; empty: as ssh's configuration has it
	Host   string // a name, an IP address, or a Host of ssh's configuration
	Port   int    // 0: as ssh's configuration has it
	Socket string // absolute path; then the others are empty
}

// ssh puts user and host into the commands of its configuration (ProxyCommand,
// Match exec), where a shell reads them: nothing that is special to one gets in.
var (
	plainUser = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$`)
	plainHost = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$`)
)

// ParseAddress reads USER@HOST[:PORT], HOST[:PORT] or unix:///path. What could be
// an option, a password or a query is a *results.Problem.
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, socketScheme); ok {
		return parseSocket(text, path)
	}
	switch {
	case strings.Contains(text, "://"):
		return Address{}, badAddress(text, "it begins with a scheme that is not unix://", "leave it away: ssh is meant")
	case strings.ContainsAny(text, "?#/"):
		return Address{}, badAddress(text, "it holds more than a user, a host and a port", "")
	}
	var a Address
	rest := text
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		a.User, rest = rest[:at], rest[at+1:]
		if strings.Contains(a.User, ":") {
			return Address{}, badAddress(redact(text), "it holds a password", "use a key: ssh-keygen makes one, and perfrun access add on the box lets it in")
		}
		if !plainUser.MatchString(a.User) {
			return Address{}, badAddress(text, "this is no user's name", "")
		}
	}
	host, port, err := splitPort(text, rest)
	if err != nil {
		return Address{}, err
	}
	a.Host, a.Port = host, port
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" || plainHost.MatchString(host) {
		return a, nil
	}
	return Address{}, badAddress(text, "this is no host's name", "")
}

// redact takes out what may be a password, which belongs into no log.
func redact(text string) string {
	colon, at := strings.IndexByte(text, ':'), strings.LastIndexByte(text, '@')
	return text[:colon+1] + "***" + text[at:]
}

// splitPort takes the port off. An IPv6 address with one stands in brackets.
func splitPort(text, rest string) (host string, port int, err error) {
	if strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") {
		return rest[1 : len(rest)-1], 0, nil
	}
	if strings.Count(rest, ":") != 1 && !strings.HasPrefix(rest, "[") {
		return rest, 0, nil
	}
	host, digits, err := net.SplitHostPort(rest)
	if err != nil {
		return "", 0, badAddress(text, "host and port cannot be told apart", "put an IPv6 address into brackets: [::1]:22")
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < 1 || port > 65535 || digits != strconv.Itoa(port) {
		return "", 0, badAddress(text, strconv.Quote(digits)+" is no port", "give a number from 1 to 65535")
	}
	return host, port, nil
}

func parseSocket(text, path string) (Address, error) {
	switch {
	case !filepath.IsAbs(path) || filepath.Clean(path) != path || path == "/":
		return Address{}, badAddress(text, "after unix:// comes no plain absolute path", "write unix:///run/perfrun/perfrun.sock")
	case len(path) > maxSocket:
		return Address{}, badAddress(text, "the path is longer than a socket's may be ("+strconv.Itoa(maxSocket)+" bytes)", "")
	case strings.ContainsAny(path, "?#") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Address{}, badAddress(text, "the path holds what no socket's should", "")
	}
	return Address{Socket: path}, nil
}

func badAddress(text, what, next string) error {
	if next == "" {
		next = "write USER@HOST, USER@HOST:PORT or unix:///path"
	}
	return &results.Problem{Kind: results.BadInput, Where: "box " + strconv.Quote(text), What: what, Next: next}
}

// Local reports whether the box is this machine.
func (a Address) Local() bool { return a.Socket != "" }

// String returns the address as ParseAddress reads it.
func (a Address) String() string {
	if a.Local() {
		return socketScheme + a.Socket
	}
	host := a.Host
	switch {
	case a.Port != 0:
		host = net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	if a.User == "" {
		return host
	}
	return a.User + "@" + host
}
