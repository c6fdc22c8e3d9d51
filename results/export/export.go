package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// Names lists the formats.
func Names() []string { return []string{"json", "csv", "benchfmt"} }

// Write writes a run in a format.
func Write(w io.Writer, format string, record *results.Record) error {
	switch format {
	case "json":
		return writeJSON(w, record)
	case "csv":
		return writeCSV(w, record)
	case "benchfmt":
		return writeBenchfmt(w, record)
	}
	return &results.Problem{
		Kind: results.BadInput, Where: "--format", What: fmt.Sprintf("%q is no export format", format),
		Next: "give one of " + strings.Join(Names(), ", "),
	}
}

func writeJSON(w io.Writer, record *results.Record) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(record); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
