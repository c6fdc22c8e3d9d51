package access

import (
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// shape is what a kind of key is made of: its own name first, then these strings.
type shape struct {
	kind  string
	parts int    // how many strings in all
	curve string // of the NIST; empty: another kind of key
}

// The kinds of key that are let in: those that OpenSSH makes and that are strong.
var kinds = []shape{
	{"ssh-ed25519", 2, ""},
	{"sk-ssh-ed25519@openssh.com", 3, ""},
	{"ecdsa-sha2-nistp256", 3, "nistp256"},
	{"ecdsa-sha2-nistp384", 3, "nistp384"},
	{"ecdsa-sha2-nistp521", 3, "nistp521"},
	{"sk-ecdsa-sha2-nistp256@openssh.com", 4, "nistp256"},
	{rsa, 3, ""},
}

const rsa = "ssh-rsa"

// ed25519Size is how many bytes a public key of that kind has (RFC 8032).
const ed25519Size = 32

var curves = map[string]ecdh.Curve{"nistp256": ecdh.P256(), "nistp384": ecdh.P384(), "nistp521": ecdh.P521()}

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

// fromKeygen is what to do about a key that is none.
const fromKeygen = "hand in a file that ssh-keygen made, which ends in .pub"

// parseKey reads what stands in a .pub file: a kind, the key, perhaps a comment.
// Anything else, options above all, is a *results.Problem. None of it is repeated in
// the problem: it may be a secret.
func parseKey(text string) (key, error) {
	text = strings.TrimSpace(text)
	switch {
	case isPrivate(text):
		return key{}, bad("this is a private key, which belongs to nobody but its owner", "hand in the file that ends in .pub, and take this key for lost")
	case len(text) > mostKey || strings.ContainsAny(text, "\r\n\x00"):
		return key{}, bad("this is not one line with one key", fromKeygen)
	}
	fields := strings.Fields(text)
	if len(fields) > 0 && fields[0] == "ssh-dss" {
		return key{}, bad("a DSA key has 1024 bits, which is too weak, and sshd takes none", "make one with ssh-keygen -t ed25519")
	}
	if len(fields) < 2 || kindOf(fields[0]) == nil {
		return key{}, bad("it does not begin with a kind of key that is let in ("+kindNames()+")",
			"hand in a .pub file as ssh-keygen -t ed25519 makes it; options have no place in it")
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(fields[1])
	if err != nil {
		return key{}, bad("its second word is no key in base64", fromKeygen)
	}
	k := key{fields[0], blob}
	return k, k.check()
}

// isPrivate knows the private keys of OpenSSH and of others (PEM), of PuTTY, and
// OpenSSH's without the lines around it, which begins with "openssh-key-v1".
func isPrivate(text string) bool {
	return strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "PuTTY-User-Key-File") ||
		strings.Contains(text, "Private-Lines:") || strings.Contains(text, "b3BlbnNzaC1rZXktdjEA")
}

func kindOf(name string) *shape {
	for i := range kinds {
		if kinds[i].kind == name {
			return &kinds[i]
		}
	}
	return nil
}

func kindNames() string {
	var names []string
	for _, s := range kinds {
		names = append(names, s.kind)
	}
	return strings.Join(names, ", ")
}

// check looks into the key: it must be of the kind that it says, whole, and strong.
// What sshd would not take is refused here, where somebody can be told.
func (k key) check() error {
	is := kindOf(k.kind)
	parts, whole := words(k.blob)
	switch {
	case len(parts) == 0 || string(parts[0]) != k.kind:
		return bad("the key is not of the kind that its line says", fromKeygen)
	case !whole || len(parts) != is.parts:
		return bad("the key is cut off or damaged", "hand in the whole file")
	case is.kind == rsa:
		if bits := bitLength(parts[2]); bits < leastRSA {
			return bad(fmt.Sprintf("an RSA key of %d bits is too weak", bits), fmt.Sprintf("make one with ssh-keygen -t ed25519, or RSA with at least %d bits", leastRSA))
		}
		return nil
	case is.curve == "" && len(parts[1]) == ed25519Size, is.curve != "" && string(parts[1]) == is.curve && onCurve(is.curve, parts[2]):
		return nil
	}
	return bad("the key is cut off or damaged", "hand in the whole file")
}

func onCurve(name string, point []byte) bool {
	_, err := curves[name].NewPublicKey(point)
	return err == nil
}

// words takes a key apart into its strings (RFC 4251, section 5). What is left over
// makes it not whole.
func words(blob []byte) (parts [][]byte, whole bool) {
	for len(blob) >= 4 {
		n := uint64(binary.BigEndian.Uint32(blob))
		if n > uint64(len(blob)-4) {
			return parts, false
		}
		parts, blob = append(parts, blob[4:4+n]), blob[4+n:]
	}
	return parts, len(blob) == 0
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
