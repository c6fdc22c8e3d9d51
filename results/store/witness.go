package store

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"time"

	"mtrlz.dev/perfrun/results"
)

// witnessFields lists the quantities in the order of the column's bits, with the
// unit in which each is kept: what is finer than that is noise of the reading.
// The order is on disk: new quantities go to the end.
var witnessFields = []struct {
	unit int64
	at   func(*results.Witness) *int64
}{
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.Window) }},
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.Foreign) }},
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.Steal) }},
	{1, func(w *results.Witness) *int64 { return &w.Interrupts }},
	{1, func(w *results.Witness) *int64 { return &w.SoftIRQs }},
	{1, func(w *results.Witness) *int64 { return &w.Migrations }},
	{1, func(w *results.Witness) *int64 { return &w.Throttles }},
	{100, func(w *results.Witness) *int64 { return &w.Temperature }},
	{1000, func(w *results.Witness) *int64 { return &w.Frequency }},
	{1, func(w *results.Witness) *int64 { return &w.Refaults }},
	{1, func(w *results.Witness) *int64 { return &w.Swaps }},
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.CPUPressure) }},
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.IOPressure) }},
	{int64(time.Microsecond), func(w *results.Witness) *int64 { return (*int64)(&w.MemoryStalls) }},
}

// witness is a nullable column that holds a results.Witness.
type witness struct{ *results.Witness }

// Value implements driver.Valuer.
func (w witness) Value() (driver.Value, error) {
	if w.Witness == nil {
		return nil, nil
	}
	var mask uint64
	var values []byte
	for i, field := range witnessFields {
		if kept := *field.at(w.Witness) / field.unit; kept != 0 {
			mask |= 1 << i
			values = binary.AppendVarint(values, kept)
		}
	}
	return append(binary.AppendUvarint(nil, mask), values...), nil
}

// Scan implements sql.Scanner.
func (w *witness) Scan(src any) error {
	if src == nil {
		return nil
	}
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("read a witness from %T", src)
	}
	mask, n := binary.Uvarint(text)
	if n <= 0 || mask>>len(witnessFields) != 0 {
		return damaged("a witness begins with %x", text[:min(len(text), 8)])
	}
	w.Witness = &results.Witness{}
	for i, field := range witnessFields {
		if mask>>i&1 == 0 {
			continue
		}
		text = text[n:]
		var kept int64
		if kept, n = binary.Varint(text); n <= 0 {
			return damaged("a witness ends in quantity %d", i)
		}
		*field.at(w.Witness) = kept * field.unit
	}
	return nil
}
