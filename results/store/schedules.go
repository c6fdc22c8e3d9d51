package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mtrlz.dev/perfrun/results"
)

// scheduleRow is a row of table schedules.
type scheduleRow struct {
	Name    string  `db:"name"`
	Cron    string  `db:"cron"`
	Order   []byte  `db:"order_json"`
	Person  raw     `db:"person"`
	Created instant `db:"created"`
	Last    instant `db:"last"`
	LastJob string  `db:"last_job"`
}

var (
	scheduleColumns = []string{"name", "cron", "order_json", "person", "created", "last", "last_job"}
	upsertSchedule  = upsertInto("schedules", "name", scheduleColumns)
)

// Schedules returns all schedules by name.
func (j Jobs) Schedules() ([]results.Schedule, error) {
	var rows []scheduleRow
	if err := j.tx.Select(&rows, "SELECT * FROM schedules ORDER BY name"); err != nil {
		return nil, err
	}
	list := make([]results.Schedule, len(rows))
	for i, r := range rows {
		list[i] = results.Schedule{
			Name: r.Name, Cron: r.Cron, By: string(r.Person), Created: time.Time(r.Created), Last: time.Time(r.Last), LastJob: r.LastJob,
		}
		if err := json.Unmarshal(r.Order, &list[i].Order); err != nil {
			return nil, fmt.Errorf("order of schedule %q: %w", r.Name, err)
		}
	}
	return list, nil
}

// SaveSchedule stores a schedule under its name, new or in place of what was there.
func (j Jobs) SaveSchedule(s results.Schedule) error {
	order, err := json.Marshal(s.Order)
	if err != nil {
		return err
	}
	_, err = j.tx.NamedExec(upsertSchedule, scheduleRow{s.Name, s.Cron, order, raw(s.By), instant(s.Created), instant(s.Last), s.LastJob})
	return err
}

// RemoveSchedule removes a schedule and reports whether there was one.
func (j Jobs) RemoveSchedule(name string) (removed bool, err error) {
	done, err := j.tx.Exec("DELETE FROM schedules WHERE name = ?", name)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// Pause returns who stopped the queue; nil where nobody did.
func (j Jobs) Pause() (*results.Pause, error) {
	var row struct {
		Person raw     `db:"person"`
		Why    raw     `db:"why"`
		Since  instant `db:"since"`
	}
	err := j.tx.Get(&row, "SELECT person, why, since FROM pauses")
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &results.Pause{By: string(row.Person), Why: string(row.Why), Since: time.Time(row.Since)}, nil
}

// SetPause stops the queue; nil lets it go on.
func (j Jobs) SetPause(p *results.Pause) error {
	if p == nil {
		_, err := j.tx.Exec("DELETE FROM pauses")
		return err
	}
	_, err := j.tx.Exec("INSERT OR REPLACE INTO pauses (id, person, why, since) VALUES (1, ?, ?, ?)", raw(p.By), raw(p.Why), instant(p.Since))
	return err
}
