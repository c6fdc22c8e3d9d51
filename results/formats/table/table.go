package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// mostRows bounds what is read: a row takes some hundred bytes of memory.
const mostRows = 20_000_000

// reader walks over a table's rows.
type reader struct {
	csv     *csv.Reader
	name    string
	columns []string
	row     []string
}

// open reads the header. Columns that are neither needed nor allowed are refused.
func open(r io.Reader, name string, needed, allowed []string) (*reader, error) {
	t := &reader{csv: csv.NewReader(skipMark(r)), name: name}
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, t.problem(1, 1, "it is empty", "begin with the header "+strings.Join(needed, ","))
	}
	if err != nil {
		return nil, t.broken(err)
	}
	for i, column := range header {
		column = strings.ToLower(strings.TrimSpace(column))
		line, at := t.csv.FieldPos(i)
		switch {
		case !slices.Contains(needed, column) && !slices.Contains(allowed, column):
			return nil, t.problem(line, at, fmt.Sprintf("there is no column %q", column),
				"the columns are "+strings.Join(slices.Concat(needed, allowed), ", "))
		case slices.Contains(t.columns, column):
			return nil, t.problem(line, at, fmt.Sprintf("column %q comes twice", column), "keep one")
		}
		t.columns = append(t.columns, column)
	}
	for _, column := range needed {
		if !slices.Contains(t.columns, column) {
			return nil, t.problem(1, 1, fmt.Sprintf("the header has no column %q", column), "begin with the header "+strings.Join(needed, ","))
		}
	}
	t.csv.FieldsPerRecord = len(t.columns)
	return t, nil
}

// skipMark passes over the mark with which some programs begin UTF-8.
func skipMark(r io.Reader) io.Reader {
	const mark = "\xef\xbb\xbf"
	head := make([]byte, len(mark))
	n, err := io.ReadFull(r, head)
	if err == nil && string(head) == mark {
		return r
	}
	return io.MultiReader(strings.NewReader(string(head[:n])), r)
}

// each calls one for every row.
func (t *reader) each(one func() error) error {
	for rows := 0; ; rows++ {
		row, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return t.broken(err)
		}
		if rows == mostRows {
			return t.problem(t.line(0), 1, fmt.Sprintf("it has more than %d rows", mostRows), "split it")
		}
		t.row = row
		if err := one(); err != nil {
			return err
		}
	}
}

// text is a cell of the present row; empty where there is no such column.
func (t *reader) text(column string) string {
	i := slices.Index(t.columns, column)
	if i < 0 {
		return ""
	}
	return strings.ToValidUTF8(strings.Clone(t.row[i]), "\uFFFD")
}

// number reads a cell; NaN where it is empty.
func (t *reader) number(column string) (float64, error) {
	i := slices.Index(t.columns, column)
	text := strings.TrimSpace(t.row[i])
	if text == "" {
		return math.NaN(), nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, t.at(column, fmt.Sprintf("%q is no number", shortened(text)), "give it as 12.5 or 1.25e1")
	}
	return value, nil
}

func shortened(text string) string {
	const most = 40
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

func (t *reader) line(field int) int {
	line, _ := t.csv.FieldPos(field)
	return line
}

// at is a mistake in a cell of the present row.
func (t *reader) at(column, what, next string) error {
	line, place := t.csv.FieldPos(slices.Index(t.columns, column))
	return t.problem(line, place, what, next)
}

// broken is a mistake of the table as such.
func (t *reader) broken(err error) error {
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		what := bad.Err.Error()
		if errors.Is(err, csv.ErrFieldCount) {
			what = fmt.Sprintf("the row has another number of cells than the header, which has %d", len(t.columns))
		}
		return t.problem(bad.Line, max(1, bad.Column), what, "cells are parted by commas, and quoted where they hold one")
	}
	return fmt.Errorf("read %s: %w", t.name, err)
}

func (t *reader) problem(line, column int, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: fmt.Sprintf("%s:%d:%d", t.name, line, column), What: what, Next: next}
}
