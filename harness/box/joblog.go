package box

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// jobLog is a log that ends where it has grown too large. What goes beyond is
// dropped, not refused: a benchmark that talks too much still has its result.
type jobLog struct {
	file *os.File
	left int64
}

// cutHere is the last line of a log that was cut.
const cutHere = "\n... the log is cut here: it has reached the size that the box allows\n"

// OpenLog opens a job's log, to which each try adds.
func OpenLog(path string, most int64) (io.WriteCloser, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &jobLog{file, most - info.Size()}, nil
}

func (l *jobLog) Write(text []byte) (int, error) {
	room := min(int64(len(text)), max(l.left, 0))
	if _, err := l.file.Write(text[:room]); err != nil {
		return 0, err
	}
	cut := l.left >= 0 && room < int64(len(text))
	l.left -= int64(len(text))
	if cut {
		if _, err := l.file.WriteString(cutHere); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

func (l *jobLog) Close() error { return l.file.Close() }

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
