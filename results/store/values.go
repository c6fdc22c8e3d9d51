package store

import (
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// instant is a time as the database keeps it: nanoseconds since 1970 in UTC,
// NULL for the zero time. SQLite's own time types hang on how a column was
// declared and get lost in expressions.
type instant time.Time

// Value implements driver.Valuer. A time whose nanoseconds do not fit 64 bits
// (before 1678 or after 2262) is refused rather than wrapped around.
func (t instant) Value() (driver.Value, error) {
	at := time.Time(t)
	if at.IsZero() {
		return nil, nil
	}
	ns := at.UnixNano()
	if !time.Unix(0, ns).Equal(at) {
		return nil, fmt.Errorf("time %s is out of range", at)
	}
	return ns, nil
}

// Scan implements sql.Scanner.
func (t *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = instant{}
	case int64:
		*t = instant(time.Unix(0, v).UTC())
	default:
		return fmt.Errorf("read a time from %T", src)
	}
	return nil
}

// raw is a string of any bytes, kept as BLOB.
type raw string

// Value implements driver.Valuer; the empty string is an empty BLOB, not NULL.
func (r raw) Value() (driver.Value, error) {
	return append([]byte{}, r...), nil
}

// Scan implements sql.Scanner.
func (r *raw) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok && src != nil {
		return fmt.Errorf("read bytes from %T", src)
	}
	*r = raw(b)
	return nil
}

// exact is a string of any bytes inside JSON. What is no UTF-8 is kept as
// {"base64": "..."}, because encoding/json would replace it.
type exact string

type base64Text struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (e exact) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(e)) {
		return json.Marshal(string(e))
	}
	return []byte(`{"base64":"` + base64.StdEncoding.EncodeToString([]byte(e)) + `"}`), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *exact) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var b base64Text
		err := json.Unmarshal(data, &b)
		*e = exact(b.Base64)
		return err
	}
	return json.Unmarshal(data, (*string)(e))
}
