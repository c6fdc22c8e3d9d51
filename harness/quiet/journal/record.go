package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// version is that of the file. A file of a higher one is refused: it may hold
// changes that this program would undo wrongly.
const version = 1

// event says what a record is about.
type event string

const (
	opened  event = "opened"   // the first record: by whom, in which boot
	changed event = "changing" // about to be written
	applied event = "applied"  // written and read back
	settled event = "settled"  // put back, or no longer ours to put back
)

// record is one line of the file.
type record struct {
	Event   event  `json:"event"`
	Version int    `json:"version,omitempty"` // of opened
	Boot    string `json:"boot,omitempty"`    // of opened and changing: the kernel's boot id
	By      string `json:"by,omitempty"`      // of opened: what made the changes, for people
	N       int    `json:"n,omitempty"`       // number of the change, from 1
	Kind    string `json:"kind,omitempty"`
	Target  string `json:"target,omitempty"`
	Old     string `json:"old,omitempty"`
	New     string `json:"new,omitempty"`
	Got     string `json:"got,omitempty"` // of applied: how the new value reads
}

// encode writes a line: a checksum of what follows it, and JSON.
func (r record) encode() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // only strings and numbers
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text)
}

// decode reads a line without its newline.
func decode(line []byte) (r record, err error) {
	sum, text, found := bytes.Cut(line, []byte(" "))
	if !found || fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) != string(sum) {
		return record{}, errDamaged
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return record{}, errDamaged
	}
	return r, nil
}

// decodeAll reads a whole file. good is how many bytes of it hold whole records:
// what follows them is the beginning of a record whose write was cut off, and
// because a setting is written after its record is whole, it announces nothing
// that happened. A record that is wrong before the last one is damage: line is
// its number.
func decodeAll(text []byte) (records []record, good, damagedLine int) {
	for line := 1; len(text) > good; line++ {
		end := bytes.IndexByte(text[good:], '\n')
		if end < 0 {
			return records, good, 0
		}
		r, err := decode(text[good : good+end])
		if err != nil {
			if good+end+1 == len(text) {
				return records, good, 0
			}
			return records, good, line
		}
		records = append(records, r)
		good += end + 1
	}
	return records, good, 0
}
