package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// What is added to an upload's path for its files: how far it is, the same while it
// is written, what has come, and that it was not taken in. No id holds the mark.
const (
	mark        = "~"
	stateSuffix = mark + "state"
	newSuffix   = mark + "new"
	dataSuffix  = mark + "data"

	refusedSuffix = mark + "refused"
)

// upload is one file that arrives. What its state says is on the disk is there,
// also after a power cut.
type upload struct {
	path  string
	users int // counted by uploads

	mu    sync.Mutex
	state wire.Upload // without an ID: there is none
	taken *taking     // under way; else nil
}

// taking is the handing over of a whole file.
type taking struct {
	done  chan struct{}
	state wire.Upload
	err   error
}

// load reads how far it is.
func (u *upload) load() error {
	if u.state.ID != "" {
		return nil
	}
	state, err := readState(u.path + stateSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	u.state = state
	return nil
}

func readState(path string) (state wire.Upload, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return wire.Upload{}, fmt.Errorf("read %s: %w", path, err)
	}
	return state, nil
}

// create begins with an empty file.
func (u *upload) create(state wire.Upload) error {
	if err := os.Mkdir(filepath.Dir(u.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := os.WriteFile(u.path+dataSuffix, nil, 0o600); err != nil {
		return err
	}
	return u.save(state)
}

// save makes a state durable, and only then the upload's.
func (u *upload) save(state wire.Upload) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	temporary := u.path + newSuffix
	if err := writeSynced(temporary, text); err != nil {
		return err
	}
	if err := os.Rename(temporary, u.path+stateSuffix); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(u.path)); err != nil {
		return err
	}
	u.state = state
	return nil
}

func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// append adds a piece. What a piece that failed left behind is overwritten by the
// next one.
func (u *upload) append(text []byte) error {
	file, err := os.OpenFile(u.path+dataSuffix, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(text, u.state.Offset)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	state := u.state
	state.Offset += int64(len(text))
	return u.save(state)
}

// errCorrupt is the failure of a file that is not what was announced.
var errCorrupt = fail(http.StatusUnprocessableEntity, "sha256", "what has arrived is another file than was announced", "upload it anew; it may have been written while it was read")

// whole compares the file with its checksum.
func (u *upload) whole() error {
	file, err := os.OpenFile(u.path+dataSuffix, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.CopyN(sum, file, u.state.Size); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != u.state.SHA256 {
		return errCorrupt
	}
	return file.Truncate(u.state.Size)
}

// finish is after the file was taken in, or was not. That it was is remembered for
// a client to whom nobody could say so.
func (u *upload) finish(err error) error {
	state := u.state
	switch {
	case errors.Is(err, errCorrupt):
		state.Offset = 0
		return errors.Join(err, u.save(state))
	case err != nil:
		if problem, refused := errors.AsType[*results.Problem](err); refused && problem.Kind == results.BadInput {
			_ = os.WriteFile(u.path+refusedSuffix, nil, 0o600) // without it, it is kept for a day
		}
		return err
	}
	_ = os.Remove(u.path + refusedSuffix) // another time it was
	state.Complete = true
	if err := u.save(state); err != nil {
		return err
	}
	return os.Remove(u.path + dataSuffix)
}

// touched reports whether anything of an upload changed after a time.
func touched(path string, since time.Time) bool {
	for _, suffix := range []string{stateSuffix, dataSuffix, newSuffix} {
		if info, err := os.Stat(path + suffix); err == nil && info.ModTime().After(since) {
			return true
		}
	}
	return false
}

// noRoom explains a disk that is full.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &failure{http.StatusInsufficientStorage, &results.Problem{
			Kind: results.CannotRun, What: "the box has no room for the upload", Next: "make room there; what has arrived is kept", Err: err,
		}}
	}
	return err
}
