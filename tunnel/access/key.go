package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// The kinds of key that are let in: those that OpenSSH makes and that are strong.
var kinds = []string{
	"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa",
}

// leastRSA is how many bits an RSA key has at least (NIST SP 800-57 part 1, for use
// beyond 2030).
const leastRSA = 3072

// mostKey bounds a line with a public key, in bytes: RSA with 16,384 bits takes 2,800.
const mostKey = 8 << 10

// key is a public key.
type key struct {
	kind string
	blob []byte // RFC 4253, section 6.6
}

// parseKey reads what stands in a .pub file: a kind, the key, perhaps a comment.
// Anything else, options above all, is a *results.Problem.
func parseKey(text string) (key, error) {
	text = strings.TrimSpace(text)
	switch {
	case strings.Contains(text, "PRIVATE KEY"):
		return key{}, bad("this is a private key, which belongs to nobody but its owner", "hand in the file that ends in .pub, and take this key for lost")
	case len(text) > mostKey || strings.ContainsAny(text, "\r\n\x00"):
		return key{}, bad("this is not one line with one key", "hand in a file that ssh-keygen made, which ends in .pub")
	}
	fields := strings.Fields(text)
	if len(fields) < 2 || !slices.Contains(kinds, fields[0]) {
		return key{}, bad("it does not begin with a kind of key that is let in ("+strings.Join(kinds, ", ")+")",
			"hand in a .pub file as ssh-keygen -t ed25519 makes it; options have no place in it")
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(fields[1])
	if err != nil {
		return key{}, bad("its second word is no key in base64", "hand in a file that ssh-keygen made, which ends in .pub")
	}
	k := key{fields[0], blob}
	return k, k.check()
}

// check looks into the key: it must be of the kind that it says, and strong.
func (k key) check() error {
	kind, rest, ok := word(k.blob)
	if !ok || string(kind) != k.kind {
		return bad("the key is not of the kind that its line says", "hand in a file that ssh-keygen made, which ends in .pub")
	}
	if k.kind != "ssh-rsa" {
		if _, _, ok := word(rest); !ok {
			return bad("the key is cut off", "hand in the whole file")
		}
		return nil
	}
	_, rest, ok = word(rest) // the exponent
	modulus, _, whole := word(rest)
	if !ok || !whole {
		return bad("the key is cut off", "hand in the whole file")
	}
	if bits := bitLength(modulus); bits < leastRSA {
		return bad(fmt.Sprintf("an RSA key of %d bits is too weak", bits), fmt.Sprintf("make one with ssh-keygen -t ed25519, or RSA with at least %d bits", leastRSA))
	}
	return nil
}

// word takes one length and so many bytes off (RFC 4251, section 5: string).
func word(blob []byte) (first, rest []byte, ok bool) {
	if len(blob) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(blob)
	if uint64(n) > uint64(len(blob)-4) {
		return nil, nil, false
	}
	return blob[4 : 4+n], blob[4+n:], true
}

func bitLength(number []byte) int {
	for len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	bits := len(number) * 8
	for i := 7; i >= 0 && len(number) > 0 && number[0]>>i == 0; i-- {
		bits--
	}
	return bits
}

// text is the key as it stands in a file.
func (k key) text() string { return k.kind + " " + base64.StdEncoding.EncodeToString(k.blob) }

// fingerprint is what ssh-keygen -l prints.
func (k key) fingerprint() string {
	sum := sha256.Sum256(k.blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

func bad(what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: "key", What: what, Next: next}
}

// CheckKey refuses what is no public key: before it is sent anywhere.
func CheckKey(text string) error {
	_, err := parseKey(text)
	return err
}

// Fingerprint is what ssh-keygen -l prints of a public key; empty for what is none.
func Fingerprint(text string) string {
	k, err := parseKey(text)
	if err != nil {
		return ""
	}
	return k.fingerprint()
}
