package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// The sizes of chunks. They follow the link: a chunk should take a second or some.
const (
	firstChunk = 128 << 10
	leastChunk = 32 << 10
	slowChunk  = 5 * time.Second
	fastChunk  = time.Second
)

// Upload gives the box a file. It returns when the box has taken it in, and goes on
// where an earlier upload of the same file under this id has ended.
func (c *Client) Upload(ctx context.Context, id, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return &results.Problem{Kind: results.BadInput, Where: path, What: "it cannot be read (" + err.Error() + ")", Err: err}
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return err
	}
	if size == 0 || size > wire.MaxUpload {
		return &results.Problem{Kind: results.BadInput, Where: path, What: "it is empty, or larger than a box takes (256 MiB)"}
	}
	at := "/uploads/" + url.PathEscape(id)
	state, err := change[wire.Upload](ctx, c, "PUT", at, wire.Upload{Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	for err == nil && !state.Complete {
		if state, err = c.chunks(ctx, at, file, state); err == nil && !state.Complete {
			err = c.do(ctx, request{method: "POST", path: at + "/complete", read: into(&state)})
		}
	}
	return err
}

// chunks sends what the box has not got yet.
func (c *Client) chunks(ctx context.Context, at string, file io.ReaderAt, state wire.Upload) (wire.Upload, error) {
	size := int64(firstChunk)
	for state.Offset < state.Size && !state.Complete {
		text := make([]byte, min(size, state.Size-state.Offset))
		if n, err := file.ReadAt(text, state.Offset); n < len(text) {
			return state, fmt.Errorf("read the file to upload: %w", err)
		}
		sum := sha256.Sum256(text)
		begun := time.Now()
		err := c.do(ctx, request{
			method: "PUT", path: at + "/chunk", query: url.Values{"offset": {strconv.FormatInt(state.Offset, 10)}}, body: text,
			headers: map[string]string{wire.HeaderChunkSum: hex.EncodeToString(sum[:])}, read: into(&state),
		})
		if err != nil {
			return state, err
		}
		size = nextChunk(size, time.Since(begun))
	}
	return state, nil
}

// nextChunk is the size of the next chunk after one that took so long.
func nextChunk(size int64, took time.Duration) int64 {
	switch {
	case took > slowChunk:
		return max(size/2, leastChunk)
	case took < fastChunk:
		return min(size*2, wire.MaxChunk)
	}
	return size
}
