package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"mtrlz.dev/perfrun/results"
)

// Version is that of the JSON format. It grows when what an older perfrun would
// make of a file is wrong.
const Version = 1

// maxFile bounds a file that is read; a run of 4,000,000 samples is smaller.
const maxFile = 2 << 30

// file is a record as a file: the record's own fields, and the version.
type file struct {
	Format int `json:"perfrun_format"`
	results.Record
}

// noValue is what Write makes of a sample that is not finite. Within a text the quotes
// would be escaped.
var noValue = regexp.MustCompile(`"value":\s*null`)

// Read reads a run that Write wrote as json. where names the file in errors, which
// are *results.Problem: a file that is no run, is cut off, has a key that this
// perfrun does not know, or was written by a newer one. What the run says is a
// stranger's claim; only that it can be a run is checked.
func Read(r io.Reader, where string) (*results.Record, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", where, err)
	}
	bad := func(what, next string) error {
		return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
	}
	if len(text) > maxFile {
		return nil, bad(fmt.Sprintf("it is larger than %d GiB", maxFile>>30), "import runs one by one")
	}
	var head struct {
		Format *int            `json:"perfrun_format"`
		Run    json.RawMessage `json:"run"`
	}
	switch err := json.Unmarshal(text, &head); {
	case err != nil:
		return nil, bad(spot(text, err), "give a file that perfrun export --format json wrote, whole")
	case head.Format == nil || head.Run == nil:
		return nil, bad("it is no run of perfrun's", "give a file that perfrun export --format json wrote")
	case *head.Format > Version:
		return nil, bad(fmt.Sprintf("it was written by a newer perfrun (format %d, this one knows %d)", *head.Format, Version), "upgrade perfrun")
	}
	if noValue.Match(text) {
		return nil, bad("a sample has no value: the database that it comes from is damaged", "export the run from a sound backup")
	}
	var f file
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, bad(spot(text, err), "give a file that perfrun export --format json wrote, unchanged")
	}
	if err := check(&f.Record); err != nil {
		return nil, bad(err.Error(), "give a file that perfrun export --format json wrote, unchanged")
	}
	return &f.Record, nil
}

// spot words a JSON error with line and column.
func spot(text []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := int64(-1)
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	if at < 0 {
		return "it is no run: " + err.Error()
	}
	before := text[:min(int64(len(text)), at)]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d, column %d: %v", line, column, err)
}

// check finds what would be no run, whoever wrote it.
func check(r *results.Record) error {
	switch run := r.Run; {
	case run.ID == "":
		return errors.New("the run has no id")
	case !run.State.Final():
		return fmt.Errorf("the run is %q: only what has ended can be read", run.State)
	case run.Suite == "":
		return errors.New("the run names no suite")
	}
	known := map[string]bool{}
	for _, b := range r.Run.Bench {
		known[b.Name] = true
	}
	for i, e := range r.Executions {
		if !known[e.Benchmark] {
			return fmt.Errorf("execution %d is of benchmark %q, which the run does not have", i, e.Benchmark)
		}
		if e.Seq != i {
			return fmt.Errorf("execution %d stands where number %d belongs", e.Seq, i)
		}
	}
	return nil
}
