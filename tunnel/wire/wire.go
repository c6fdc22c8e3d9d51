package wire

import (
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Version is the version of the API that this program speaks, as client and as
// box. It is in the path of every request. It changes only where an old client
// would misunderstand a new box.
const Version = 1

// The headers of ours.
const (
	HeaderVersion  = "Perfrun-Api"          // both ways: the API's version that the sender speaks
	HeaderProgram  = "Perfrun-Version"      // both ways: the version of the program, for people
	HeaderChunkSum = "Perfrun-Chunk-Sha256" // of an upload's chunk, hexadecimal
	HeaderLogSize  = "Perfrun-Log-Size"     // bytes that the log had when the answer began
	HeaderLogFinal = "Perfrun-Log-Final"    // "true": the job is final, and the log will not grow
	// HeaderRequest names one request for a change. Sent again with the same name, it
	// is answered as the first time and changes nothing.
	HeaderRequest = "Perfrun-Request"
)

// The limits that both ends know.
const (
	MaxRequest = 256 << 10 // bytes of a request's JSON
	MaxChunk   = 4 << 20   // bytes of an upload's chunk
	MaxUpload  = 256 << 20 // bytes of an upload; half a million samples
	MaxLimit   = 1000      // entries of one page
	MaxLog     = 1 << 20   // bytes of a log in one answer
)

// The times that both ends know.
const (
	MaxWait   = 30 * time.Second // that an answer is held back because there is nothing new
	Heartbeat = 10 * time.Second // after which a stream with nothing new says so
)

// Hello is what a box says of itself.
type Hello struct {
	API     int            `json:"api"`     // the newest version of the API that it speaks
	Oldest  int            `json:"oldest"`  // and the oldest
	Program string         `json:"program"` // perfrun's version there
	Host    string         `json:"host"`    // the machine's name
	Person  results.Person `json:"person"`  // who the box thinks that you are
	Now     time.Time      `json:"now"`     // its clock
}

// JobsPage is a part of the list of jobs, newest first.
type JobsPage struct {
	Jobs []results.Job `json:"jobs"`
	Next string        `json:"next,omitempty"` // to ask with for what comes after; empty: nothing does
}

// Reason is a person's, for what they do.
type Reason struct {
	Why string `json:"why"`
}

// Progress is how far a job is: all of it, not what is new.
type Progress struct {
	Place  results.Place `json:"place"`
	Ahead  int           `json:"ahead"`            // of a job that waits: how many begin before it
	Detail string        `json:"detail,omitempty"` // of one that runs: "round 3 of 40"
}

// Acceptance asks to take a benchmark's level as it is from a run's head on.
type Acceptance struct {
	Run       string `json:"run"` // an id, the start of one, or latest
	Benchmark string `json:"benchmark"`
	Reason    string `json:"reason,omitempty"`
	Undo      bool   `json:"undo,omitempty"`
}

// Resolved is the run that a reference means.
type Resolved struct {
	ID string `json:"id"`
}

// Page is one document of the box's pages.
type Page struct {
	Missing bool      `json:"missing,omitempty"` // there is none at this address
	Type    string    `json:"type,omitempty"`    // media type
	Body    []byte    `json:"body,omitempty"`
	At      time.Time `json:"at,omitzero"` // when what it shows last changed
}

// Step is an announced step with its series.
type Step struct {
	Series results.Series `json:"series"`
	Step   results.Step   `json:"step"`
}

// Grant lets the holder of a key in.
type Grant struct {
	Name string       `json:"name"`
	Role results.Role `json:"role"`
	Key  string       `json:"key"` // public, as in a .pub file
}

// Upload is how far an upload is.
type Upload struct {
	ID       string `json:"id"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`   // of the whole, hexadecimal
	Offset   int64  `json:"offset"`   // so many bytes are safe on the box's disk
	Complete bool   `json:"complete"` // the box has taken it: it may be forgotten
}

// CheckID refuses ids that could be anything but a name of 1 to 64 letters,
// digits, dashes, dots and underscores that begins with a letter or digit: ids
// become parts of paths.
func CheckID(id string) error {
	for i, r := range id {
		alphanumeric := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !alphanumeric && (i == 0 || r != '-' && r != '_' && r != '.') {
			return badID(id)
		}
	}
	if id == "" || len(id) > 64 {
		return badID(id)
	}
	return nil
}

func badID(id string) error {
	return &results.Problem{
		Kind: results.BadInput, Where: "id " + strconv.Quote(id[:min(len(id), 80)]), What: "this cannot be an id",
		Next: "use up to 64 letters, digits, dashes, dots and underscores",
	}
}
