package words

import (
	"strconv"
	"strings"
)

// Fact words a property of a machine, and its name: bytes in the unit that people read.
func Fact(name, value string) (said, words string) {
	bare, found := strings.CutSuffix(name, ".bytes")
	if n, err := strconv.ParseUint(value, 10, 63); found && err == nil {
		return Plain(bare), Value(float64(n), "B")
	}
	return Plain(name), Plain(value)
}
