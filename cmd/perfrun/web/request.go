package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Bounds of what may be asked for.
const (
	longestPath  = 2 << 10
	longestQuery = 4 << 10
	mostValues   = 20
)

// asked is a request that is one for a page.
type asked struct {
	address string // relative to the root
	query   url.Values
}

// refusal is an answer without a page.
type refusal struct {
	code  int
	words string
}

// parse reads a request. What is no request for a page is refused in words.
func (s *Server) parse(r *http.Request) (asked, *refusal) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return asked{}, &refusal{http.StatusMethodNotAllowed, "These pages can only be read."}
	case !s.known(r):
		return asked{}, &refusal{http.StatusMisdirectedRequest, "These pages are not served under this name."}
	case len(r.URL.Path) > longestPath || len(r.URL.RawQuery) > longestQuery:
		return asked{}, &refusal{http.StatusRequestURITooLong, "This address is too long."}
	}
	address, found := s.within(r.URL.Path)
	if address == "" {
		address = "index.html"
	}
	if !found || strings.ContainsAny(address, "\\\x00") || path.Clean("/"+address) != "/"+address {
		return asked{}, &refusal{http.StatusNotFound, "There is no such page."}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(query) > mostValues {
		return asked{}, &refusal{http.StatusBadRequest, "What stands behind the question mark of this address cannot be read."}
	}
	return asked{address, query}, nil
}

// within takes the prefix from a path. A wrong one tells nothing by how long it takes.
func (s *Server) within(path string) (string, bool) {
	address, found := strings.CutPrefix(path, "/")
	if s.options.Prefix == "" || !found {
		return address, found
	}
	prefix, rest, whole := strings.Cut(address, "/")
	return rest, whole && subtle.ConstantTimeCompare([]byte(prefix), []byte(s.options.Prefix)) == 1
}

// known reports whether a request names this server. A page of a stranger can make a
// browser ask a server on loopback, but only under the stranger's own name.
func (s *Server) known(r *http.Request) bool {
	if unix, _ := r.Context().Value(private{}).(bool); unix {
		return true
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if address, err := netip.ParseAddr(name); err == nil {
		return address.IsLoopback()
	}
	return strings.EqualFold(name, "localhost") || slices.ContainsFunc(s.options.Hosts, func(known string) bool { return strings.EqualFold(known, name) })
}

// key tells requests for different answers apart.
func (a asked) key() string { return a.address + "?" + a.query.Encode() }
