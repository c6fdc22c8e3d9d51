package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// addDB adds the flag that every verb which reads or writes results has.
func addDB(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "db", "", "database `FILE` (default: $PERFRUN_DB, else perfrun/perfrun.db in the user's data folder)")
}

// dbPath resolves the flag's value to a file.
func dbPath(flag string) (string, error) {
	if flag == "" {
		flag = os.Getenv("PERFRUN_DB")
	}
	if flag != "" {
		return filepath.Abs(flag)
	}
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the user's data folder: %w", err)
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "perfrun", "perfrun.db"), nil
}

// cacheDir is where mirrors, worktrees and homes live: large, and made again
// when lost.
func cacheDir() (string, error) {
	if dir := os.Getenv("PERFRUN_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	return filepath.Join(cache, "perfrun"), nil
}
