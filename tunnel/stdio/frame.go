package stdio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// The two lines that are not HTTP: what they begin with, JSON follows, and how
// long they may be.
const (
	preambleMark = "@perfrun 1 " // no HTTP method begins with an @
	greetingMark = "perfrun-stdio 1 "
	maxPreamble  = 1 << 10
	maxGreeting  = 8 << 10
)

// errTooLong is the error of a line that does not end.
var errTooLong = errors.New("the line is too long")

// preamble writes who somebody is as one line.
func preamble(who results.Person) ([]byte, error) {
	if err := checkPerson(who); err != nil {
		return nil, err
	}
	text, err := json.Marshal(who)
	if err != nil {
		return nil, err
	}
	line := append(append([]byte(preambleMark), text...), '\n')
	if len(line) > maxPreamble {
		return nil, errTooLong
	}
	return line, nil
}

// parsePreamble reads what preamble wrote, and refuses everything else.
func parsePreamble(line []byte) (who results.Person, err error) {
	text, ok := bytes.CutPrefix(line, []byte(preambleMark))
	if !ok {
		return who, fmt.Errorf("it does not begin with %q", preambleMark)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&who); err != nil {
		return results.Person{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return results.Person{}, errors.New("something follows the person")
	}
	if err := checkPerson(who); err != nil {
		return results.Person{}, err
	}
	return who, nil
}

// checkPerson refuses who could not be told from others, or has no role.
func checkPerson(who results.Person) error {
	if err := CheckName(who.Name); err != nil {
		return err
	}
	if !who.Role.Reaches(results.Viewer) {
		return &results.Problem{
			Kind: results.BadInput, Where: "role " + fmt.Sprintf("%q", who.Role), What: "there is no such role",
			Next: fmt.Sprintf("use %s, %s or %s", results.Viewer, results.Submitter, results.Admin),
		}
	}
	if _, err := netip.ParseAddr(who.From); who.From != "" && err != nil {
		return &results.Problem{Kind: results.BadInput, Where: fmt.Sprintf("from %q", who.From), What: "this is no address"}
	}
	return nil
}

// CheckName refuses names of people that are not 1 to 64 letters, digits and ._@+-
// beginning with a letter or digit.
func CheckName(name string) error {
	for i, r := range name {
		alphanumeric := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !alphanumeric && (i == 0 || !strings.ContainsRune("._@+-", r)) {
			return badName(name)
		}
	}
	if name == "" || len(name) > 64 {
		return badName(name)
	}
	return nil
}

func badName(name string) error {
	return &results.Problem{
		Kind: results.BadInput, Where: fmt.Sprintf("name %q", name[:min(len(name), 80)]), What: "this cannot be a person's name",
		Next: "use up to 64 letters, digits and ._@+-",
	}
}

// From finds the client's address in sshd's SSH_CONNECTION ("address port address
// port"); empty where there is none.
func From(sshConnection string) string {
	first, _, _ := strings.Cut(sshConnection, " ")
	address, err := netip.ParseAddr(first)
	if err != nil {
		return ""
	}
	return address.WithZone("").String()
}

// greeting is the line that dial-stdio begins with; problem is why it will not go
// on, or nil.
func greeting(problem *results.Problem) []byte {
	failure := struct {
		Error *wire.Problem `json:"error,omitempty"`
	}{}
	if problem != nil {
		p := wire.FromProblem(problem)
		failure.Error = &p
	}
	text, err := json.Marshal(failure)
	if err != nil || len(text)+len(greetingMark)+1 > maxGreeting {
		text = []byte(`{"error":{"kind":"cannot-run","what":"the daemon cannot be reached"}}`)
	}
	return append(append([]byte(greetingMark), text...), '\n')
}

// Greeting takes the greeting off a stream, in pieces as they come.
type Greeting struct {
	line []byte
	done bool
}

// Strange is the error of a stream that begins with something else: it is not
// perfrun that answers.
type Strange struct{ Text string }

// Error shows the beginning of what came.
func (s *Strange) Error() string { return fmt.Sprintf("not perfrun, but %q answers", s.Text) }

// Read reads until the greeting is over, and not a byte more. It may be called
// again after an error that passes, such as a deadline. The box's own reason not
// to go on is a *results.Problem.
func (g *Greeting) Read(r io.ByteReader) error {
	for !g.done {
		b, err := r.ReadByte()
		if err != nil {
			return err
		}
		g.line = append(g.line, b)
		if at := len(g.line) - 1; at < len(greetingMark) && b != greetingMark[at] || at >= maxGreeting {
			return g.strange(r)
		}
		g.done = b == '\n'
	}
	return g.parse()
}

// strange collects a little more of what came, for people.
func (g *Greeting) strange(r io.ByteReader) error {
	for len(g.line) < 200 && g.line[len(g.line)-1] != '\n' {
		b, err := r.ReadByte()
		if err != nil {
			break
		}
		g.line = append(g.line, b)
	}
	return &Strange{string(bytes.TrimSpace(g.line[:min(len(g.line), 200)]))}
}

func (g *Greeting) parse() error {
	var failure struct{ Error *wire.Problem }
	if err := json.Unmarshal(g.line[len(greetingMark):], &failure); err != nil {
		return &Strange{string(bytes.TrimSpace(g.line[:min(len(g.line), 200)]))}
	}
	if failure.Error != nil {
		return failure.Error.Problem()
	}
	return nil
}
