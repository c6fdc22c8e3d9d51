package link

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// mostCuts is how many cuts are remembered.
const mostCuts = 50

// fingerprint is what ssh-keygen -l prints of "kind base64".
func fingerprint(key string) string {
	_, encoded, _ := strings.Cut(key, " ")
	blob, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "unreadable"
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Watch remembers how a link was. The zero value with a path is ready; without a path
// it remembers until the program ends.
type Watch struct {
	Path  string                           // of the history; empty: none
	Check func(ctx context.Context) Status // usually Check with options
	Now   func() time.Time

	mu     sync.Mutex
	loaded bool
	last   Status
}

// Look checks the link once and notes what changed.
func (w *Watch) Look(ctx context.Context) error {
	now := w.Check(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.load()
	changed := w.note(now)
	if !changed || w.Path == "" {
		return nil
	}
	return w.save()
}

// note takes a status in and reports whether up became down or the reverse.
func (w *Watch) note(now Status) (changed bool) {
	at, was := w.Now().UTC(), w.last
	now.Cuts, now.Since = was.Cuts, was.Since
	if changed = now.Up != was.Up || was.Since.IsZero(); changed {
		now.Since = at
	}
	open := len(now.Cuts) > 0 && now.Cuts[len(now.Cuts)-1].To.IsZero()
	switch {
	case now.Up && open:
		now.Cuts[len(now.Cuts)-1].To = at
	case !now.Up && !open:
		now.Cuts = append(now.Cuts, Cut{From: at, What: now.What})
		now.Cuts = now.Cuts[max(len(now.Cuts)-mostCuts, 0):]
	}
	w.last = now
	return changed
}

// Status is how the link was when it was looked at last; its What is empty before.
func (w *Watch) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.load()
	s := w.last
	s.Cuts = append([]Cut{}, s.Cuts...)
	return s
}

// load reads the history, once. One that cannot be read begins anew: it is for people.
func (w *Watch) load() {
	if w.loaded || w.Path == "" {
		return
	}
	w.loaded = true
	text, err := os.ReadFile(w.Path)
	var past struct{ Cuts []Cut }
	if err == nil && json.Unmarshal(text, &past) == nil {
		w.last.Cuts = past.Cuts[max(len(past.Cuts)-mostCuts, 0):]
	}
}

func (w *Watch) save() error {
	text, err := json.Marshal(struct{ Cuts []Cut }{w.last.Cuts})
	if err != nil {
		return err
	}
	temporary := w.Path + ".new"
	err = errors.Join(os.MkdirAll(filepath.Dir(w.Path), 0o755), os.WriteFile(temporary, append(text, '\n'), 0o644))
	if err == nil {
		err = os.Rename(temporary, w.Path)
	}
	if err != nil {
		return fmt.Errorf("keep the history of the tunnel: %w", err)
	}
	return nil
}
