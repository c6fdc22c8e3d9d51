package export

import (
	"encoding/json"
	"io"

	"mtrlz.dev/perfrun/results"
)

// writeJSON writes the whole record as one indented object, after the version of the
// format. Fields come in the order of [results.Record]; an empty list is [], never null; bytes that are no
// UTF-8 become U+FFFD, and <, > and & are escaped, so that the text may be put
// into a page.
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
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(file{Version, whole})
}

// list returns items, or an empty list for none.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
