package export

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// writers holds the formats in the order to show them.
var writers = []struct {
	name  string
	write func(io.Writer, *results.Record) error
}{
	{"json", writeJSON},
	{"csv", writeCSV},
	{"benchfmt", writeBenchfmt},
}

// Names lists the formats.
func Names() []string {
	names := make([]string, len(writers))
	for i, w := range writers {
		names[i] = w.name
	}
	return names
}

// Write writes a run in the named format. An unknown format is a
// [*results.Problem] of kind BadInput; other errors are the writer's.
func Write(w io.Writer, format string, rec *results.Record) error {
	i := slices.Index(Names(), format)
	if i < 0 {
		return &results.Problem{
			Kind: results.BadInput, Where: "--format", What: fmt.Sprintf("there is no format %q", format),
			Next: "choose one of " + strings.Join(Names(), ", "),
		}
	}
	if err := writers[i].write(w, rec); err != nil {
		return fmt.Errorf("export run %s as %s: %w", rec.Run.ID, format, err)
	}
	return nil
}
