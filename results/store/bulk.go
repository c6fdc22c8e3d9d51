package store

import (
	"math/bits"
	"strings"

	"github.com/jmoiron/sqlx"
)

// bulkShift bounds how many rows one statement inserts: 64. Most of the cost of
// a narrow row is crossing into SQLite and back, so many rows share a crossing;
// beyond 64 nothing more is gained.
const bulkShift = 6

// bulk holds the statements that insert 1, 2, 4, ... 64 rows into one table.
// There are few of them, so that each is prepared once a connection.
type bulk struct {
	columns    int
	statements [bulkShift + 1]string
}

func newBulk(table, columns string) bulk {
	names := strings.Fields(columns)
	row := "(?" + strings.Repeat(", ?", len(names)-1) + ")"
	insert := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES " + row
	b := bulk{columns: len(names)}
	for i := range b.statements {
		b.statements[i] = insert + strings.Repeat(", "+row, 1<<i-1)
	}
	return b
}

// insert stores rows that lie one after the other in values, in that order.
func (b *bulk) insert(tx *sqlx.Tx, values []any) error {
	for len(values) > 0 {
		i := min(bits.Len(uint(len(values)/b.columns))-1, bulkShift)
		n := b.columns << i
		if _, err := tx.Exec(b.statements[i], values[:n]...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
