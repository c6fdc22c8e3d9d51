package store

import (
	"net/url"
	"path/filepath"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// busyTimeout is how long a connection waits for another process's transaction,
// in milliseconds. Ours take a few; a backup of a large file takes seconds.
const busyTimeout = "10000"

// The kinds of connection. All name the file as a URI: without the scheme SQLite
// ignores mode and would create the file.
var (
	writing = url.Values{
		"mode":             {"rwc"},
		"_txlock":          {"immediate"}, // a transaction that reads first would fail at once where it has to wait
		"_journal_mode":    {"WAL"},
		"_synchronous":     {"FULL"}, // NORMAL may lose the last commits when the power goes
		"_foreign_keys":    {"on"},
		"_busy_timeout":    {busyTimeout},
		"_stmt_cache_size": {"64"}, // every statement of an append is prepared once
	}
	migrating = url.Values{ // foreign keys are checked at the end, so that a table can be rebuilt
		"mode":          {"rwc"},
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"off"},
		"_busy_timeout": {busyTimeout},
	}
	reading = url.Values{
		"mode":             {"ro"},
		"_query_only":      {"true"},
		"_txlock":          {"deferred"},
		"_busy_timeout":    {busyTimeout},
		"_stmt_cache_size": {"16"},
	}
	copying = url.Values{ // VACUUM INTO counts as a write for query_only
		"mode":          {"ro"},
		"_busy_timeout": {busyTimeout},
	}
	sealed = url.Values{ // for a folder in which not even the side files of WAL can be made
		"mode":        {"ro"},
		"immutable":   {"1"},
		"_query_only": {"true"},
		"_txlock":     {"deferred"},
	}
)

// uriEscapes are the characters that end or change a path in a SQLite URI.
var uriEscapes = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

// dsn names the file for one kind of connection.
func dsn(path string, kind url.Values) string {
	return "file:" + uriEscapes.Replace(path) + "?" + kind.Encode()
}

// absolute makes path independent of the working directory.
func absolute(path string) (string, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", &results.Problem{
			Where: path, What: "this cannot be the name of a database",
			Next: "give the path of a file",
		}
	}
	return filepath.Abs(path)
}
