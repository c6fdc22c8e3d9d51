package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShellCommand words arguments as one command for a POSIX shell, such that
// pasting it gives back exactly these arguments. What is plain stays bare, the
// rest is quoted; bytes that a terminal would act on, or that hide or reorder
// text, are written as printf escapes, so the command shows what it does.
func ShellCommand(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = ShellWord(arg)
	}
	return strings.Join(words, " ")
}

func ShellWord(arg string) string {
	if bare(arg) {
		return arg
	}
	var b strings.Builder
	for arg != "" {
		n := quotable(arg)
		if n > 0 {
			b.WriteString("'" + strings.ReplaceAll(arg[:n], "'", `'\''`) + "'")
		}
		arg = arg[n:]
		n = unquotable(arg)
		b.WriteString(printfWord(arg[:n]))
		arg = arg[n:]
	}
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// bare reports whether every shell takes arg as it stands. A word with "=" in
// it must look like an option: elsewhere it could be an assignment.
func bare(arg string) bool {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+:,./_-"
	option := strings.HasPrefix(arg, "-")
	return arg != "" && strings.Trim(arg, plain) == "" ||
		option && strings.Trim(strings.ReplaceAll(arg, "=", ""), plain) == ""
}

// shows reports whether the character at the start of s may stand between
// single quotes, and its length. A newline may: it is what it looks like.
func shows(s string) (ok bool, size int) {
	r, size := utf8.DecodeRuneInString(s)
	broken := r == utf8.RuneError && size == 1
	return !broken && (r == '\n' || unicode.IsPrint(r)), size
}

// quotable returns the length of the longest beginning of s that shows.
func quotable(s string) int { return span(s, true) }

// unquotable returns the length of the longest beginning of s that does not.
func unquotable(s string) int { return span(s, false) }

func span(s string, want bool) int {
	at := 0
	for at < len(s) {
		ok, size := shows(s[at:])
		if ok != want {
			break
		}
		at += size
	}
	return at
}

// printfWord writes bytes as octal escapes for printf(1). A command
// substitution drops trailing newlines only, and these bytes hold none.
func printfWord(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(`"$(printf '`)
	for i := range len(s) {
		fmt.Fprintf(&b, `\%03o`, s[i])
	}
	return b.String() + `')"`
}
