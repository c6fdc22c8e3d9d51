package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Format is the version of Verdict as JSON.
const Format = 1

// Verdict is what a webhook gets.
type Verdict struct {
	Format   int            `json:"perfrun_verdict"` // Format
	Run      string         `json:"run"`             // that decides
	Suite    string         `json:"suite"`
	Base     string         `json:"base"`
	Head     string         `json:"head"`
	Class    string         `json:"host_class"` // of the host that decides
	Verdict  string         `json:"verdict"`    // the worst of all, or "none"
	Count    map[string]int `json:"count"`      // comparisons by verdict
	Passes   bool           `json:"passes"`     // whether the build's step does
	Words    string         `json:"words"`      // one sentence
	Worst    *Change        `json:"worst,omitempty"`
	BuildURL string         `json:"build_url,omitempty"`
}

// Change is one comparison's, as fractions of the base.
type Change struct {
	Benchmark string  `json:"benchmark"`
	Metric    string  `json:"metric"`
	Change    float64 `json:"change"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

// Webhook is who is told by a signed message.
type Webhook struct {
	URL string
	Key Secret // shared with the receiver
}

// Send posts a verdict. The header X-Perfrun-Signature is the hex HMAC-SHA256, by the
// key, of X-Perfrun-Timestamp, a dot, and the body; X-Perfrun-Delivery is the same for
// every try of one message.
func (w Webhook) Send(ctx context.Context, delivery string, v Verdict) error {
	if w.Key.Empty() {
		return &results.Problem{Kind: results.BadInput, Where: "webhook", What: "there is no key to sign with", Next: "set PERFRUN_WEBHOOK_KEY or PERFRUN_WEBHOOK_KEY_FILE"}
	}
	v.Format = Format
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the verdict: %w", err)
	}
	m, err := newMessage(w.URL, body)
	if err != nil {
		return err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	m.header.Set("X-Perfrun-Timestamp", at)
	m.header.Set("X-Perfrun-Delivery", delivery)
	m.header.Set("X-Perfrun-Signature", "sha256="+w.sign(at, body))
	return m.send(ctx)
}

func (w Webhook) sign(at string, body []byte) string {
	mac := hmac.New(sha256.New, w.Key.text)
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// GitHub is a repository whose commits get a status
// (https://docs.github.com/rest/commits/statuses).
type GitHub struct {
	API        string // "https://api.github.com"
	Repository string // "owner/name"
	Token      Secret
}

// State is GitHub's word for a status.
type State string

// The states.
const (
	Pending State = "pending"
	Success State = "success"
	Failure State = "failure" // what was checked is bad
	Error   State = "error"   // it could not be checked
)

// mostDescription is GitHub's limit, in characters.
const mostDescription = 140

var repository = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$`)

// Set sets a commit's status in a context ("perfrun/dataflow"). target, which may be empty,
// is where the status leads.
func (g GitHub) Set(ctx context.Context, commit, name string, state State, description, target string) error {
	if !repository.MatchString(g.Repository) || strings.Contains(g.Repository, "..") {
		return &results.Problem{Kind: results.BadInput, Where: "GitHub", What: fmt.Sprintf("%.100q is no repository", g.Repository), Next: "give OWNER/NAME"}
	}
	if runes := []rune(description); len(runes) > mostDescription {
		description = string(runes[:mostDescription-1]) + "…"
	}
	said := map[string]string{"state": string(state), "context": name, "description": description}
	if target != "" {
		said["target_url"] = target
	}
	body, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	m, err := newMessage(strings.TrimSuffix(g.API, "/")+"/repos/"+g.Repository+"/statuses/"+url.PathEscape(commit), body)
	if err != nil {
		return err
	}
	m.header.Set("Accept", "application/vnd.github+json")
	m.header.Set("Authorization", "Bearer "+string(g.Token.text))
	return m.send(ctx)
}
