package cloud

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// metadata stands in for the service, as IMDSv2 has it; change makes it strange.
func metadata(t *testing.T, change func(w http.ResponseWriter, r *http.Request) bool) (endpoint string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if change != nil && change(w, r) {
			return
		}
		values := map[string]string{
			"/latest/meta-data/instance-type": "c5.2xlarge", "/latest/meta-data/instance-id": "i-0abc", "/latest/meta-data/placement/availability-zone": "us-east-1a",
			"/latest/meta-data/instance-life-cycle": "spot",
		}
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") == "60":
			_, _ = w.Write([]byte("AQAE-token=="))
		case r.Method == http.MethodGet && r.Header.Get("X-aws-ec2-metadata-token") == "AQAE-token==" && values[r.URL.Path] != "":
			_, _ = w.Write([]byte(values[r.URL.Path]))
		default:
			http.Error(w, "no", http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// machine is a /sys that says who made it.
func machine(t *testing.T, file, text string) string {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

const nitro = "sys/class/dmi/id/sys_vendor"

func TestRead(t *testing.T) {
	t.Setenv("http_proxy", "http://127.0.0.1:1") // means nothing here
	endpoint, _ := metadata(t, nil)
	for file, text := range map[string]string{nitro: "Amazon EC2\n", "sys/hypervisor/uuid": "EC2E1916-9099-7CAF\n"} {
		got, ok := Read(t.Context(), Options{machine(t, file, text), endpoint})
		if want := (Instance{"c5.2xlarge", "i-0abc", "us-east-1a", "spot"}); !ok || got != want {
			t.Errorf("%s: %+v, %v", file, got, ok)
		}
		if len(got.Facts()) != 1 || len(got.Notes()) != 3 || len(got.Guards()) != 1 {
			t.Errorf("%v, %v, %v", got.Facts(), got.Notes(), got.Guards())
		}
	}
	if guards := (Instance{Type: "t3.large"}).Guards(); len(guards) != 2 || !strings.Contains(guards[1].Detail, "credits") || guards[1].Held {
		t.Errorf("%v", guards)
	}
}

func TestElsewhereNothingIsSent(t *testing.T) {
	endpoint, asked := metadata(t, nil)
	for _, vendor := range []string{"Dell Inc.\n", "Amazon EC2 compatible\n", ""} {
		if got, ok := Read(t.Context(), Options{machine(t, nitro, vendor), endpoint}); ok || asked.Load() != 0 {
			t.Errorf("%q: %+v, %d requests", vendor, got, asked.Load())
		}
	}
}

func TestStrangeServices(t *testing.T) {
	check := func(what string, change func(http.ResponseWriter, *http.Request) bool) {
		t.Helper()
		endpoint, _ := metadata(t, change)
		if got, ok := Read(t.Context(), Options{machine(t, nitro, "Amazon EC2"), endpoint}); ok {
			t.Errorf("%s: %+v", what, got)
		}
	}
	check("of the first version", func(w http.ResponseWriter, r *http.Request) bool {
		http.Error(w, "", http.StatusNotFound)
		return r.Method == http.MethodPut
	})
	check("slow", func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	})
	typed := func(answer string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "instance-type") {
				_, _ = w.Write([]byte(answer))
				return true
			}
			return false
		}
	}
	check("huge", typed(strings.Repeat("x", 1<<20)))
	check("hostile", typed("<script>\n\x1b[31m"))
	check("elsewhere", func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		return true
	})
}
