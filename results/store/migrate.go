package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration brings a database from schema version-1 to version.
type migration struct {
	version int
	sql     string
}

// released returns the migrations of this perfrun, oldest first.
func released() []migration {
	list, err := readMigrations(migrationFiles)
	if err != nil {
		panic(err) // the files are part of the program; a test reads them
	}
	return list
}

// newest is the schema that this perfrun reads and writes.
func newest() int { return len(released()) }

// readMigrations reads NNNN_name.sql files, which must count from 0001 without
// a gap.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	list := make([]migration, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if version, err := strconv.Atoi(number); err != nil || len(number) != 4 || version != i+1 {
			return nil, fmt.Errorf("migration %s: want a name that starts with %04d_", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		list[i] = migration{i + 1, string(text)}
	}
	return list, nil
}

// prepare makes the file a database of the newest schema in list. What is not
// ours is found with a connection that cannot write, before anything, even the
// journal mode, is changed.
func prepare(ctx context.Context, file string, list []migration) error {
	found, err := look(ctx, file)
	if err != nil {
		return explain(file, "open database", err)
	}
	if err := found.mustBeOurs(file, len(list)); err != nil {
		return err
	}
	if found.Application == applicationID && found.Schema >= len(list) {
		return nil
	}
	if !found.empty() {
		if err := setAside(ctx, file, found.Schema); err != nil {
			return err
		}
	}
	return explain(file, "migrate database", migrate(ctx, file, list))
}

// look identifies the file; one that does not exist or has no byte is empty.
func look(ctx context.Context, file string) (identity, error) {
	size, err := sizeOf(file)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && size == 0) {
		return identity{}, nil
	}
	if err != nil {
		return identity{}, err
	}
	return identify(ctx, file, reading)
}

// setAside copies a database before its schema is changed, beside it and under
// the first free name.
func setAside(ctx context.Context, file string, schema int) error {
	base := fmt.Sprintf("%s.schema-%d.bak", file, schema)
	for name, n := base, 2; ; name, n = fmt.Sprintf("%s.%d", base, n), n+1 {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return vacuumInto(ctx, file, name, nil)
		}
	}
}

// migrate applies what is missing, each step in one immediate transaction. Two
// processes may do so at once: each step looks again under the lock.
func migrate(ctx context.Context, file string, list []migration) (err error) {
	db, err := connect(ctx, file, migrating, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, m := range list {
		if err := transact(ctx, db, func(tx *sqlx.Tx) error { return m.apply(file, len(list), tx) }); err != nil {
			return fmt.Errorf("to schema %d: %w", m.version, err)
		}
	}
	return nil
}

// apply makes one step, unless another process has made it meanwhile.
func (m migration) apply(file string, known int, tx *sqlx.Tx) error {
	var now identity
	if err := tx.Get(&now, identityQuery); err != nil {
		return err
	}
	if err := now.mustBeOurs(file, known); err != nil || now.Schema >= m.version {
		return err
	}
	// PRAGMA takes no parameters; both numbers are ours.
	script := m.sql + fmt.Sprintf(";\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", applicationID, m.version)
	if _, err := tx.Exec(script); err != nil {
		return err
	}
	orphans, err := foreignKeyFindings(tx)
	if err != nil || len(orphans) == 0 {
		return err
	}
	return errors.New(strings.Join(orphans, "; "))
}
