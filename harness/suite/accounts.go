package suite

import (
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

func isAccount(name string) bool { return slices.Contains(results.AccountNames(), name) }

func accountList() string { return strings.Join(results.AccountNames(), ", ") }
