package sshdtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mtrlz.dev/perfrun/tunnel"
)

// Server is an sshd that lets one key in, for one command.
type Server struct {
	Address tunnel.Address
	dir     string
	t       testing.TB
	accept  net.Listener

	mu    sync.Mutex
	conns []net.Conn
	count int
	log   bytes.Buffer
	wait  sync.WaitGroup
}

// hostKey is called as in /etc/ssh.
const hostKey = "ssh_host_ed25519_key"

// Start starts an sshd whose only key has this forced command, a line for sh(1).
func Start(t testing.TB, command string) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir()}
	s.key(hostKey)
	s.key("user")
	s.write("authorized_keys", "restrict,command=\""+strings.ReplaceAll(command, `"`, `\"`)+"\" "+s.read("user.pub"))
	s.write("sshd_config", "HostKey "+s.path(hostKey)+"\nAuthorizedKeysFile "+s.path("authorized_keys")+
		"\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nPidFile none\nPrintMotd no\nLogLevel VERBOSE\n")
	if os.Getuid() == 0 { // sshd wants it for the process that has no privileges
		s.must(os.MkdirAll("/run/sshd", 0o755))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.accept = listener
	me, err := user.Current()
	s.must(err)
	s.Address = tunnel.Address{User: me.Username, Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}
	s.write("known_hosts", s.known(hostKey+".pub"))
	s.wait.Go(s.serve)
	t.Cleanup(s.Close)
	return s
}

// Close ends the server and every session.
func (s *Server) Close() {
	s.accept.Close()
	s.Cut()
	s.wait.Wait()
}

// Cut breaks every session off, as when a link is lost.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		conn.(*net.TCPConn).CloseRead() // shuts the socket itself down, which its sshd shares
		conn.(*net.TCPConn).CloseWrite()
		conn.Close()
	}
	s.conns = nil
}

// Count is how many connections there were.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Log is what the sshds said.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *Server) serve() {
	for {
		conn, err := s.accept.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns, s.count = append(s.conns, conn), s.count+1
		s.mu.Unlock()
		s.wait.Go(func() { s.session(conn) })
	}
}

// session runs one sshd on the connection, which stays ours as well, to cut.
func (s *Server) session(conn net.Conn) {
	defer conn.Close()
	cmd := exec.Command("/usr/sbin/sshd", "-i", "-e", "-f", s.path("sshd_config"))
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return
	}
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = file, file, &said
	cmd.Run()
	file.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Write(said.Bytes())
}

// Program is ssh with this server's key and host key, and further lines of
// configuration that come first.
func (s *Server) Program(lines ...string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	config := filepath.Join(dir, "config")
	usual := []string{
		"IdentityFile " + s.path("user"), "IdentitiesOnly yes", "IdentityAgent none", "UserKnownHostsFile " + s.path("known_hosts"),
		"GlobalKnownHostsFile none", "StrictHostKeyChecking yes", "LogLevel ERROR",
	}
	s.must(os.WriteFile(config, []byte(strings.Join(append(lines, usual...), "\n")+"\n"), 0o600))
	program := filepath.Join(dir, "ssh")
	s.must(os.WriteFile(program, []byte(fmt.Sprintf("#!/bin/sh\nexec ssh -F %s \"$@\"\n", config)), 0o700))
	return program
}

// KnownHosts writes a file in which the server has another key than its own.
func (s *Server) KnownHosts() string {
	s.t.Helper()
	s.key("other")
	s.write("known_others", s.known("other.pub"))
	return s.path("known_others")
}

// Stranger makes a key that is not let in.
func (s *Server) Stranger() string {
	s.t.Helper()
	s.key("stranger")
	return s.path("stranger")
}

// AuthorizedKeys is the file of the keys that are let in.
func (s *Server) AuthorizedKeys() string { return s.path("authorized_keys") }

// HostKeys is a folder like /etc/ssh.
func (s *Server) HostKeys() string { return s.dir }

// Key is the file of the key that is let in.
func (s *Server) Key() string { return s.path("user") }

func (s *Server) known(key string) string {
	return fmt.Sprintf("[127.0.0.1]:%d %s", s.Address.Port, s.read(key))
}

func (s *Server) key(name string) {
	s.t.Helper()
	out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", s.path(name)).CombinedOutput()
	if err != nil {
		s.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(s.path(name))
	s.must(err)
	return string(text)
}

func (s *Server) write(name, text string) {
	s.t.Helper()
	s.must(os.WriteFile(s.path(name), []byte(text), 0o600))
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
