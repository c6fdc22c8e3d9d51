package store

import (
	"errors"
	"fmt"
	"math"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// legible reads the rows that can be read, and counts the others: one that is broken
// must not hide the rest. fields names where the columns of a row go.
func legible[T any](tx *sqlx.Tx, fields func(*T) []any, query string, args ...any) (list []T, broken int, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var row, none T
	into := fields(&row) // once: there may be millions
	for rows.Next() {
		row = none
		if rows.Scan(into...) != nil {
			broken++
			continue
		}
		list = append(list, row)
	}
	return list, broken, rows.Err()
}

// incomplete is the error of a list without the rows that cannot be read.
func incomplete(err error, broken int, one string) error {
	if err != nil || broken == 0 {
		return err
	}
	return &results.Incomplete{Rows: broken, Of: one}
}

// whole is an INTEGER that must be one. What is an int to Go is read by reflection, at
// three times the cost.
type whole int64

// Scan implements sql.Scanner.
func (w *whole) Scan(src any) error {
	v, is := src.(int64)
	if !is {
		return fmt.Errorf("read an integer from %T", src)
	}
	*w = whole(v)
	return nil
}

// finite is a REAL that must be a number: an infinity cannot have come from here.
type finite float64

// Scan implements sql.Scanner.
func (f *finite) Scan(src any) error {
	switch v := src.(type) {
	case float64:
		*f = finite(v)
	case int64:
		*f = finite(v)
	default:
		return fmt.Errorf("read a number from %T", src)
	}
	if math.IsInf(float64(*f), 0) || math.IsNaN(float64(*f)) {
		return errors.New("read a number that is not finite")
	}
	return nil
}
