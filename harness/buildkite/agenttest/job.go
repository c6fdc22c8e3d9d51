package agenttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mostBody is Buildkite's limit of an annotation, in bytes.
const mostBody = 1 << 20

// within answers what the steps of a job ask the agent's program for.
func (j *Job) within(r *http.Request, rest string, body []byte) (any, string) {
	switch r.Method + " " + rest {
	case "POST annotations":
		return nil, j.annotate(body)
	case "POST data/set":
		var said struct{ Key, Value string }
		if err := strict(body, &said); err != nil || said.Key == "" || said.Value == "" {
			return nil, fmt.Sprintf("%v", err)
		}
		j.meta[said.Key] = said.Value
		return nil, ""
	case "POST data/exists", "POST data/get":
		var asked struct{ Key, Value string }
		if err := strict(body, &asked); err != nil || asked.Key == "" {
			return nil, fmt.Sprintf("%v", err)
		}
		value, exists := j.meta[asked.Key]
		return map[string]any{"exists": exists, "key": asked.Key, "value": value}, ""
	case "POST artifacts":
		return j.batch(body)
	case "PUT artifacts":
		var said struct {
			Artifacts []struct{ ID, State string } `json:"artifacts"`
		}
		if err := strict(body, &said); err != nil {
			return nil, err.Error()
		}
		for _, artifact := range said.Artifacts {
			j.finished[artifact.ID] = artifact.State == "finished"
		}
		return nil, ""
	}
	return nil, "nobody knows this"
}

func strict(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func (j *Job) annotate(body []byte) string {
	var said struct {
		Body, Context, Style string
		Append               bool
	}
	switch err := strict(body, &said); {
	case err != nil:
		return err.Error()
	case said.Context == "" || said.Body == "":
		return "it says nothing"
	case len(said.Body) > mostBody:
		return fmt.Sprintf("it has %d bytes", len(said.Body))
	case !slices.Contains([]string{"info", "success", "warning", "error"}, said.Style):
		return "its style is " + said.Style
	}
	before := j.annotations[said.Context]
	j.annotations[said.Context] = Annotation{said.Body, said.Style, before.Updates + 1}
	return ""
}

// batch takes artifacts, and says where they are to be put.
func (j *Job) batch(body []byte) (any, string) {
	var said struct {
		ID        string `json:"id"`
		Artifacts []struct {
			Path     string `json:"path"`
			FileSize int64  `json:"file_size"`
		} `json:"artifacts"`
	}
	if err := json.Unmarshal(body, &said); err != nil || len(said.Artifacts) == 0 {
		return nil, fmt.Sprintf("no artifacts: %v", err)
	}
	var ids []string
	for _, artifact := range said.Artifacts {
		id := fmt.Sprintf("%s-artifact-%d", j.ID, len(j.uploads))
		j.uploads[id], ids = artifact.Path, append(ids, id)
	}
	instructions := map[string]any{
		"data":   map[string]string{"job": j.ID, "path": "${artifact:path}"},
		"action": map[string]string{"url": strings.TrimSuffix(j.api.Endpoint(), "/v3"), "method": "POST", "path": "/upload/", "file_input": "file"},
	}
	return map[string]any{"id": said.ID, "artifact_ids": ids, "upload_instructions": instructions}, ""
}

// upload takes the content of an artifact.
func (a *API) upload(r *http.Request, body []byte) string {
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.ParseMultipartForm(64 << 20); err != nil {
		return err.Error()
	}
	j := a.job("jobs", r.FormValue("job"))
	file, _, err := r.FormFile("file")
	if j == nil || err != nil {
		return fmt.Sprintf("of job %q: %v", r.FormValue("job"), err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	j.artifacts[r.FormValue("path")] = content
	return ""
}

// Cancel asks for the job's end, as the button on the build's page does.
func (j *Job) Cancel() {
	j.api.mu.Lock()
	defer j.api.mu.Unlock()
	j.state = "canceling"
}

// patience bounds waiting: it is there against hanging.
const patience = 10 * time.Minute

// Until waits until something is so; what is asked about is the job's, and may be read
// meanwhile.
func (j *Job) Until(what string, is func() bool) {
	j.api.t.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	j.api.t.Fatalf("waited in vain until %s\n%s", what, j.Log())
}

// Wait waits for the end of the job and returns its exit status.
func (j *Job) Wait() string {
	j.api.t.Helper()
	j.Until("job "+j.ID+" ends", func() bool { return j.Exit() != "" })
	return j.Exit()
}

// Exit is the job's exit status; empty until it has ended.
func (j *Job) Exit() string { return locked(j, func() string { return j.exit }) }

// Log is what the job has printed.
func (j *Job) Log() string {
	return locked(j, func() string {
		var b strings.Builder
		for _, sequence := range slices.Sorted(maps.Keys(j.log)) {
			b.Write(j.log[sequence])
		}
		return b.String()
	})
}

// Annotations are the build's, by their contexts.
func (j *Job) Annotations() map[string]Annotation {
	return locked(j, func() map[string]Annotation { return maps.Clone(j.annotations) })
}

// MetaData is the build's.
func (j *Job) MetaData() map[string]string {
	return locked(j, func() map[string]string { return maps.Clone(j.meta) })
}

// Artifacts are those that were uploaded to their end, by their paths.
func (j *Job) Artifacts() map[string][]byte {
	return locked(j, func() map[string][]byte {
		done := map[string][]byte{}
		for id, path := range j.uploads {
			if j.finished[id] {
				done[path] = j.artifacts[path]
			}
		}
		return done
	})
}

func locked[T any](j *Job, read func() T) T {
	j.api.mu.Lock()
	defer j.api.mu.Unlock()
	return read()
}
