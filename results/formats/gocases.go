package formats

import (
	"bytes"
	"strings"
)

// severalPackages reports whether the output has "pkg:" lines of more than one
// package, with results or without: the names of a package's results must not
// hang on whether another package had any this time.
func severalPackages(text []byte) bool {
	var first []byte
	for line := range bytes.Lines(text) {
		pkg, is := bytes.CutPrefix(line, []byte("pkg:"))
		if pkg = bytes.TrimSpace(pkg); !is || len(pkg) == 0 {
			continue
		}
		if first != nil && !bytes.Equal(first, pkg) {
			return true
		}
		first = pkg
	}
	return false
}

// goCases names each line's case: the benchmark's name without the "-8" of
// GOMAXPROCS, qualified by its package if the output holds several. Where two
// printed names would become one ("sha-1" and "sha-256" under GOMAXPROCS=1, or
// several values of -cpu), both stay as printed: mixing their samples would be
// worse than a number too many.
func goCases(lines []goLine, qualify bool) []string {
	cases := make([]string, len(lines))
	printed := map[string]string{}
	mixed := map[string]bool{}
	for i, line := range lines {
		qualified := line.name
		if qualify && line.pkg != "" {
			qualified = line.pkg + "." + line.name
		}
		cases[i] = qualified
		short := withoutProcs(qualified)
		if other, seen := printed[short]; seen && other != qualified {
			mixed[short] = true
		}
		printed[short] = qualified
	}
	for i, name := range cases {
		if short := withoutProcs(name); !mixed[short] {
			cases[i] = short
		}
	}
	return cases
}

// withoutProcs cuts the "-8" that Go appends to a benchmark's name. A name's own
// number at the end looks the same under GOMAXPROCS=1, where Go appends nothing,
// and is cut as well. A name that is nothing else is left alone.
func withoutProcs(name string) string {
	short := strings.TrimRight(name, "0123456789")
	if len(short) == len(name) || !strings.HasSuffix(short, "-") || short == "-" {
		return name
	}
	return strings.TrimSuffix(short, "-")
}
