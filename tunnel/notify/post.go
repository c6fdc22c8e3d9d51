package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
)

// How often something is tried, how long one try may take, and how long pauses are.
const (
	mostTries  = 5
	tryIn      = 15 * time.Second
	firstPause = time.Second
	mostPause  = 30 * time.Second
	mostAnswer = 4 << 10
)

// message is one that is posted, again and again if need be.
type message struct {
	where  string // for people: no path, no query
	url    string
	body   []byte
	header http.Header
}

// client follows no redirect.
var client = &http.Client{
	Timeout:       tryIn,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// newMessage refuses addresses that would send a secret in the clear.
func newMessage(address string, body []byte) (*message, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return nil, &results.Problem{Kind: results.BadInput, Where: "notification", What: "its address is none", Next: "give one like https://example.com/hook"}
	}
	where := parsed.Scheme + "://" + parsed.Host
	if ip := net.ParseIP(parsed.Hostname()); parsed.Scheme != "https" && (parsed.Scheme != "http" || parsed.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, &results.Problem{Kind: results.BadInput, Where: "notification", What: where + " would get it in the clear", Next: "give an address that begins with https"}
	}
	return &message{where: where, url: address, body: body, header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"perfrun"}}}, nil
}

// send posts a message until it is taken, refused, or tried often enough.
func (m *message) send(ctx context.Context) (err error) {
	pause := firstPause
	for try := 1; ; try++ {
		var again bool
		var wanted time.Duration
		if again, wanted, err = m.try(ctx); err == nil {
			return nil
		}
		if !again || try == mostTries {
			break
		}
		wait := min(max(wanted, pause/2+rand.N(pause/2)), mostPause)
		pause *= 2
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
	return &results.Problem{Kind: results.CannotRun, Where: m.where, What: "it does not take the notification: " + err.Error(), Next: "look at its address and secret", Passing: true}
}

// try posts once, and reports whether another try may go well, and how long the
// receiver wants it to wait.
func (m *message) try(ctx context.Context) (again bool, wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.body))
	if err != nil {
		return false, 0, errors.New("its address cannot be asked")
	}
	request.Header = m.header.Clone()
	answer, err := client.Do(request)
	if err != nil {
		var of *url.Error // it holds the whole address
		if errors.As(err, &of) {
			err = of.Err
		}
		return ctx.Err() == nil, 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer))
	if answer.StatusCode/100 == 2 {
		return false, 0, nil
	}
	if seconds, parseErr := strconv.Atoi(answer.Header.Get("Retry-After")); parseErr == nil && seconds > 0 {
		wait = time.Duration(min(seconds, int(mostPause.Seconds()))) * time.Second
	}
	again = answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500
	return again, wait, fmt.Errorf("status %d", answer.StatusCode)
}
