package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// get asks for a page and wants that it is there.
func (s *served) get(client *http.Client, address, want string) string {
	s.t.Helper()
	response, err := client.Get(address)
	s.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	s.must(err)
	if response.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
		s.t.Errorf("%s: %d, want %q in\n%s", address, response.StatusCode, want, text)
	}
	return string(text)
}

// TestPagesOfABox measures something, and reads the pages of it: on the box by its
// socket, and from elsewhere with a viewer's key through a real sshd.
func TestPagesOfABox(t *testing.T) {
	s := newServed(t)
	socket := filepath.Join(s.dir, "web")
	config := filepath.Join(s.dir, "perfrun.yml")
	text, err := os.ReadFile(config)
	s.must(err)
	s.must(s.daemon.Process.Signal(syscall.SIGTERM))
	s.must(s.daemon.Wait())
	s.must(os.WriteFile(config, append(text, "web: {listen: 'unix:"+socket+"', name: Acme DB, commits: 'https://git.example.com/%s', releases: 'v*'}\n"...), 0o644))
	s.start()
	s.ok([]int{exitOK}, "--box=none", "submit", "--id", "first", "--base", "main~1", "--head", "main")
	s.ok([]int{exitOK, exitRegression}, "--box=none", "wait", "first")

	local := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	s.get(local, "http://box/", "Acme DB")
	s.get(local, "http://box/runs/first.html", "nap")

	key := [2]string{}
	key[0], key[1] = s.key("eve", results.Viewer)
	w := *s.world
	w.env = append(append([]string{}, s.env...), key[0])
	open := w.command(key[1], "open", "--print", "runs/latest")
	out, err := open.StdoutPipe()
	s.must(err)
	s.must(open.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	s.must(err)
	address = strings.TrimSpace(address)
	run := s.get(http.DefaultClient, address, "nap")
	root, _, _ := strings.Cut(address, "runs/")
	index := s.get(http.DefaultClient, root, "Acme DB")
	s.get(http.DefaultClient, root+"assets/site.css", "--regression")
	s.get(http.DefaultClient, root+"summary.json", `"suites"`)
	s.get(http.DefaultClient, root+"runs/first.csv", "nap")
	if !strings.Contains(index, "https://git.example.com/") || !strings.Contains(index, "nothing waits") || !strings.Contains(run, "nap") {
		t.Errorf("the pages lack what the box knows:\n%s", index)
	}
	if response, err := http.Get(strings.Replace(root, "/"+filepath.Base(root), "/guess", 1)); err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("who only guesses the address gets %v, %v", response, err)
	}
	s.must(open.Process.Signal(syscall.SIGINT))
	if err := open.Wait(); err != nil {
		t.Errorf("interrupted, it ends with %v", err)
	}
}
