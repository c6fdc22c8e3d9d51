package suite

import (
	"slices"
	"strings"
)

// shellSpecial are the characters that mean something to a POSIX shell; a
// command with none of them has one reading only. (= means something in the
// first word alone, and is looked for there.)
const shellSpecial = "|&;<>()$`\\\"'*?[]#~!{}\n\r"

// builtins do something only inside a shell.
var builtins = []string{
	".", ":", "alias", "bg", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "fg", "getopts",
	"hash", "jobs", "read", "readonly", "return", "set", "shift", "source", "time", "times", "trap", "type", "ulimit",
	"umask", "unalias", "unset", "wait",
}

// Argv returns what to execute. A list is executed as it is, and so is a string
// of plain words: the start of a shell takes longer than some benchmarks, and
// would be counted. Anything else goes through /bin/sh, and shell is true.
func (b Benchmark) Argv() (argv []string, shell bool) {
	if len(b.Words) > 0 {
		return b.Words, false
	}
	words := strings.Fields(b.Run)
	if strings.ContainsAny(b.Run, shellSpecial) || len(words) == 0 ||
		strings.Contains(words[0], "=") || slices.Contains(builtins, words[0]) {
		return []string{"/bin/sh", "-c", b.Run}, true
	}
	return words, false
}

// Command is the command as people read it.
func (b Benchmark) Command() string {
	if len(b.Words) > 0 {
		return strings.Join(b.Words, " ")
	}
	return b.Run
}
