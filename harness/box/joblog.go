package box

import (
	"bytes"
	"io"
	"os"
)

// LastLine returns the last whole line of a log, which says how far its job is; empty
// where there is none.
func LastLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > mostTail {
		_, _ = file.Seek(-mostTail, io.SeekEnd)
	}
	text, err := io.ReadAll(io.LimitReader(file, mostTail))
	if err != nil {
		return ""
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	lines := bytes.Split(bytes.TrimRight(whole, "\n"), []byte("\n"))
	return string(lines[len(lines)-1])
}
