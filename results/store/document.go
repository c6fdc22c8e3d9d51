package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"mtrlz.dev/perfrun/results"
)

// document is a list that is kept as one JSON column. The element types are this
// package's own: what is on disk must not change when a field of the domain is
// renamed.
type document[T any] []T

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	text, err := json.Marshal([]T(d))
	return string(text), err
}

// Scan implements sql.Scanner. A column that was not asked for stays nil.
func (d *document[T]) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), (*[]T)(d))
	case []byte:
		return json.Unmarshal(v, (*[]T)(d))
	}
	return fmt.Errorf("read a JSON column from %T", src)
}

type benchmarkDoc struct {
	Name      exact   `json:"name"`
	Command   exact   `json:"command"`
	Format    exact   `json:"format"`
	CPUs      int     `json:"cpus"`
	MinEffect float64 `json:"min_effect"`
	Precision float64 `json:"precision"`
}

type factDoc struct {
	Name  exact `json:"name"`
	Value exact `json:"value"`
}

type guardDoc struct {
	Aspect exact `json:"aspect"`
	Held   bool  `json:"held"`
	Detail exact `json:"detail"`
}

func benchmarkToDoc(b results.Benchmark) benchmarkDoc {
	return benchmarkDoc{exact(b.Name), exact(b.Command), exact(b.Format), b.CPUs, b.MinEffect, b.Precision}
}

func benchmarkFromDoc(b benchmarkDoc) results.Benchmark {
	return results.Benchmark{
		Name: string(b.Name), Command: string(b.Command), Format: string(b.Format),
		CPUs: b.CPUs, MinEffect: b.MinEffect, Precision: b.Precision,
	}
}

func factToDoc(f results.Fact) factDoc { return factDoc{exact(f.Name), exact(f.Value)} }
func factFromDoc(f factDoc) results.Fact {
	return results.Fact{Name: string(f.Name), Value: string(f.Value)}
}

func guardToDoc(g results.Guard) guardDoc {
	return guardDoc{exact(g.Aspect), g.Held, exact(g.Detail)}
}

func guardFromDoc(g guardDoc) results.Guard {
	return results.Guard{Aspect: string(g.Aspect), Held: g.Held, Detail: string(g.Detail)}
}

func wordToDoc(s string) exact   { return exact(s) }
func wordFromDoc(e exact) string { return string(e) }

// each converts a list and keeps nil apart from empty.
func each[A, B any](list []A, convert func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = convert(a)
	}
	return out
}
