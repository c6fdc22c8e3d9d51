package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// word is a secret that must be seen nowhere.
const word = "hunter2-hunter2"

func secret() Secret { return Secret{[]byte(word)} }

// receiver answers with statuses, the last one again and again, and keeps what it got.
type receiver struct {
	*httptest.Server
	requests []*http.Request
	bodies   []string
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.requests, r.bodies = append(r.requests, request), append(r.bodies, string(body))
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(statuses[min(len(r.requests), len(statuses))-1])
	}))
	t.Cleanup(r.Close)
	return r
}

func TestWebhook(t *testing.T) {
	r := newReceiver(t, 503, 200)
	hook := Webhook{r.URL + "/hook?token=" + word, secret()}
	if err := hook.Send(t.Context(), "run-1", Verdict{Run: "run-1", Verdict: "regression", Words: "</script>", Worst: &Change{Benchmark: "join", Change: 0.1}}); err != nil {
		t.Fatal(err)
	}
	if len(r.requests) != 2 || r.bodies[0] != r.bodies[1] {
		t.Fatalf("%d requests", len(r.requests))
	}
	for i, request := range r.requests {
		h := request.Header
		if h.Get("X-Perfrun-Delivery") != "run-1" || h.Get("X-Perfrun-Signature") != "sha256="+hook.sign(h.Get("X-Perfrun-Timestamp"), []byte(r.bodies[i])) {
			t.Errorf("headers %v", h)
		}
	}
	var got Verdict
	if err := json.Unmarshal([]byte(r.bodies[0]), &got); err != nil || got.Format != Format || got.Worst.Benchmark != "join" {
		t.Errorf("%s, %v", r.bodies[0], err)
	}
	if other := (Webhook{Key: Secret{[]byte("x")}}).sign("1", nil); other == hook.sign("1", nil) || hook.sign("1", []byte("a")) == hook.sign("11", []byte("a")) {
		t.Error("the signature does not depend on key and time")
	}
	if err := (Webhook{URL: r.URL}).Send(t.Context(), "x", Verdict{}); err == nil || !strings.Contains(err.Error(), "PERFRUN_WEBHOOK_KEY") {
		t.Errorf("without a key: %v", err)
	}
}

func TestGitHub(t *testing.T) {
	r := newReceiver(t, 201)
	hub := GitHub{r.URL + "/", "acme/database", secret()}
	commit := strings.Repeat("0a", 20)
	if err := hub.Set(t.Context(), commit, "perfrun/dataflow", Failure, strings.Repeat("é", 200), "https://example.com/build/7"); err != nil {
		t.Fatal(err)
	}
	request, body := r.requests[0], map[string]string{}
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil || request.URL.Path != "/repos/acme/database/statuses/"+commit || request.Header.Get("Authorization") != "Bearer "+word ||
		body["state"] != "failure" || body["context"] != "perfrun/dataflow" || len([]rune(body["description"])) != 140 || body["target_url"] != "https://example.com/build/7" {
		t.Errorf("%s %v %v, %v", request.URL, request.Header, body, err)
	}
	for _, bad := range []string{"acme", "acme/../x", "a/b/c", ""} {
		if err := (GitHub{r.URL, bad, secret()}).Set(t.Context(), commit, "x", Success, "", ""); err == nil {
			t.Errorf("repository %q is taken", bad)
		}
	}
}

// TestRefusals: what is refused is not tried again, redirects are not followed, and no
// error tells the secret or the address's own.
func TestRefusals(t *testing.T) {
	check := func(statuses []int, tries int, want string) {
		t.Helper()
		r := newReceiver(t, statuses...)
		err := Webhook{r.URL + "/" + word + "?x=" + word, secret()}.Send(t.Context(), "x", Verdict{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), word) || len(r.requests) != tries {
			t.Errorf("%v: %d tries, %v", statuses, len(r.requests), err)
		}
	}
	check([]int{401}, 1, "status 401")
	check([]int{302}, 1, "status 302")
	check([]int{429, 400}, 2, "status 400")
	for _, address := range []string{"http://example.com/", "ftp://localhost/", "://", "http://127.0.0.1.example.com"} {
		if err := (Webhook{address, secret()}).Send(t.Context(), "x", Verdict{}); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
}

// TestPatience: nobody answers, and it ends after five tries, or when it is told to.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		was := client.Transport
		client.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			tries++
			return nil, fmt.Errorf("no route")
		})
		defer func() { client.Transport = was }()
		begun := time.Now()
		err := Webhook{"https://example.com/" + word, secret()}.Send(t.Context(), "x", Verdict{})
		took := time.Since(begun)
		if err == nil || tries != mostTries || took < 7*time.Second || took > 2*time.Minute || strings.Contains(err.Error(), word) {
			t.Errorf("%d tries in %v, %v", tries, took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := (Webhook{"https://example.com/", secret()}).Send(ctx, "x", Verdict{}); err == nil {
			t.Error("it was delivered to nobody")
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSecret(t *testing.T) {
	s := secret()
	text, _ := json.Marshal(struct{ S Secret }{s})
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v", Webhook{"u", s}), string(text)} {
		if strings.Contains(shown, word) || strings.Contains(shown, "104") || strings.Contains(shown, "68756e") {
			t.Errorf("it shows itself: %s", shown)
		}
	}
	file := filepath.Join(t.TempDir(), "key")
	check := func(mode os.FileMode, want string) {
		t.Helper()
		_ = os.Remove(file)
		if err := os.WriteFile(file, []byte(word+"\n"), mode); err != nil {
			t.Fatal(err)
		}
		got, err := ReadSecret(nil, "X", file)
		if want == "" && (err != nil || string(got.text) != word) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: %q, %v", mode, got.text, err)
		}
	}
	check(0o600, "")
	check(0o644, "chmod 600")
	if got, err := ReadSecret(func(string) string { return word }, "X", ""); err != nil || string(got.text) != word {
		t.Errorf("%q, %v", got.text, err)
	}
	if got, err := ReadSecret(nil, "X", t.TempDir()); err == nil || !got.Empty() {
		t.Errorf("a folder: %v", err)
	}
}
