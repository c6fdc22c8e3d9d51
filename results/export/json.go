package export

import (
	"bytes"
	"encoding/json"
	"io"

	"mtrlz.dev/perfrun/results"
)

// writeJSON writes the whole record as one indented object, after the version of the
// format. Fields come in the order of [results.Record]; an empty list is [], never null; bytes that are no
// UTF-8 become U+FFFD, and <, > and & are escaped, so that the text may be put
// into a page. A value that is not finite, which only a damaged database has, is null.
func writeJSON(w io.Writer, rec *results.Record) error {
	whole := *rec
	whole.Run.Bench = list(whole.Run.Bench)
	whole.Run.Env = list(whole.Run.Env)
	whole.Run.Guards = list(whole.Run.Guards)
	whole.Run.Versions = list(whole.Run.Versions)
	whole.Run.Command = list(whole.Run.Command)
	whole.Executions = append([]results.Execution{}, rec.Executions...)
	for i := range whole.Executions {
		whole.Executions[i].Samples = list(whole.Executions[i].Samples)
	}
	text, err := JSON(file{Version, whole})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

// list returns items, or an empty list for none.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
