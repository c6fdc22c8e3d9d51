package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Note adds a deed to the audit. Nothing ever removes one.
func (j Jobs) Note(d results.Deed) error {
	_, err := j.tx.Exec("INSERT INTO audit (at, person, role, address, verb, object, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
		instant(d.At), raw(d.Person.Name), string(d.Person.Role), raw(d.Person.From), d.Verb, raw(d.Object), raw(d.Detail))
	return err
}

// Audit returns the latest deeds, the latest first.
func (s *Store) Audit(ctx context.Context, limit int) ([]results.Deed, error) {
	var rows []struct {
		At      instant `db:"at"`
		Person  raw     `db:"person"`
		Role    string  `db:"role"`
		Address raw     `db:"address"`
		Verb    string  `db:"verb"`
		Object  raw     `db:"object"`
		Detail  raw     `db:"detail"`
	}
	err := s.read(ctx, "read the audit", func(tx *sqlx.Tx) error {
		return tx.Select(&rows, "SELECT at, person, role, address, verb, object, detail FROM audit ORDER BY id DESC LIMIT ?", limit)
	})
	var list []results.Deed
	for _, r := range rows {
		who := results.Person{Name: string(r.Person), Role: results.Role(r.Role), From: string(r.Address)}
		list = append(list, results.Deed{At: time.Time(r.At), Person: who, Verb: r.Verb, Object: string(r.Object), Detail: string(r.Detail)})
	}
	return list, err
}
