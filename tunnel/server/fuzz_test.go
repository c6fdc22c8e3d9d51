package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// FuzzRequest: whatever comes over a connection, cut anywhere, the box answers the
// next one. Nothing that is not a whole order makes a job.
func FuzzRequest(f *testing.F) {
	box := boxtest.Start(f, server.Hurry, server.Cutting)
	host := " HTTP/1.1\r\nHost: box\r\n"
	f.Add("GET /v1/hello"+host+"\r\n", 10)
	f.Add("POST /v1/jobs"+host+"Content-Length: 13\r\n\r\n"+`{"id":"a1",}`+"\n", 60)
	f.Add("POST /v1/jobs"+host+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 3)
	f.Add("PUT /v1/uploads/a/chunk?offset=0"+host+wire.HeaderChunkSum+": x\r\nContent-Length: 1\r\n\r\nx", 0)
	f.Add("GET /v1/jobs/%2e%2e/log?offset=-1&wait=99999999999999999999"+host+"\r\n", 20)
	f.Add("@perfrun 1 {\"name\":\"x\",\"role\":\"admin\"}\n@perfrun 1 {}\n", 50)
	f.Add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 5)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		send(t, box, text[:max(0, min(cut, len(text)))])
		send(t, box, text)
		conn, err := net.Dial("unix", box.Socket)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(30 * time.Second))
		io.WriteString(conn, "GET /v1/hello"+host+"\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("after %q: %v, %v", text, answer, err)
		}
		if n := box.Queue.Deeds("submit"); n != 0 && !strings.Contains(text, "app") {
			t.Errorf("%q made %d jobs", text, n)
		}
	})
}

// send sends bytes and goes away.
func send(t *testing.T, box *boxtest.Box, text string) {
	conn, err := net.Dial("unix", box.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, text)
	conn.(*net.UnixConn).CloseWrite()
	if text != "" {
		conn.Read(make([]byte, 1<<10))
	}
}
