package config

import (
	"fmt"
	"net"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/strict"
)

func (d *decoder) webFields(w *Web) fields {
	return fields{
		"listen":   strict.Into(&w.Listen, d.listen),
		"name":     strict.Into(&w.Name, d.Text("web.name")),
		"commits":  strict.Into(&w.Commits, d.matching("web.commits", commits, "give an address like https://github.com/acme/db/commit/%s")),
		"releases": strict.Into(&w.Releases, d.matching("web.releases", tags, "give a pattern of tags like v*")),
	}
}

var (
	commits = regexp.MustCompile(`^https?://[^\s%]+%s[^\s%]*$`)
	tags    = regexp.MustCompile(`^[A-Za-z0-9*?.][A-Za-z0-9*?./_-]{0,63}$`)
)

// listen reads where pages are served. Nothing but this machine itself may reach them:
// there is no login.
func (d *decoder) listen(node strict.Node) (string, error) {
	text, err := d.Text("web.listen")(node)
	if err != nil {
		return "", err
	}
	if socket, unix := strings.CutPrefix(text, "unix:"); unix && path.IsAbs(socket) && path.Clean(socket) == socket {
		return text, nil
	}
	host, port, err := net.SplitHostPort(text)
	number, bad := strconv.Atoi(port)
	if err == nil && bad == nil && number > 0 && number < 1<<16 && (host == "localhost" || loopback(host)) {
		return text, nil
	}
	return "", d.Fail(node, fmt.Sprintf("web.listen is %q", text), "give 127.0.0.1:7878, or unix:/run/perfrun/web.sock: pages have no login, people come by perfrun open")
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
