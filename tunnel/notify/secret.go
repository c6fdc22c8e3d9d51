package notify

import (
	"bytes"
	"fmt"
	"os"

	"mtrlz.dev/perfrun/results"
)

// Secret is a word that is shown to nobody. The zero value is none.
type Secret struct{ text []byte }

// hidden is what a secret shows of itself.
const hidden = "(secret)"

// String hides it.
func (Secret) String() string { return hidden }

// GoString hides it.
func (Secret) GoString() string { return hidden }

// Format hides it from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Empty reports whether there is none.
func (s Secret) Empty() bool { return len(s.text) == 0 }

// mostSecret bounds the file of a secret, in bytes.
const mostSecret = 4096

// ReadSecret takes a secret from a file, or else from a variable of the environment.
// Neither is no error. A file that others may read is one.
func ReadSecret(lookup func(string) string, variable, file string) (Secret, error) {
	if file == "" {
		return Secret{[]byte(lookup(variable))}, nil
	}
	problem := func(what, next string, err error) error {
		return &results.Problem{Kind: results.BadInput, Where: file, What: what, Next: next, Err: err}
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return Secret{}, problem("the secret cannot be read", "write it there, or name its file in "+variable+"_FILE", err)
	case !info.Mode().IsRegular() || info.Size() > mostSecret:
		return Secret{}, problem("it is no file with a secret", "write the secret alone into it", nil)
	case info.Mode().Perm()&0o077 != 0:
		return Secret{}, problem(fmt.Sprintf("others may read the secret (its mode is %#o)", info.Mode().Perm()), "take that from them: chmod 600 "+file, nil)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return Secret{}, problem("the secret cannot be read", "make it readable", err)
	}
	return Secret{bytes.TrimSpace(text)}, nil
}
