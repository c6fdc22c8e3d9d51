package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/client"
)

// Trivial makes an image that holds nothing but an empty folder, which is enough
// for the sampler: its program is mounted. remove takes it away.
func (d *Docker) Trivial(ctx context.Context) (id string, remove func() error, err error) {
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "perfrun/", Mode: 0o755, ModTime: time.Unix(0, 0)}); err != nil {
		return "", nil, fmt.Errorf("make an empty image: %w", err)
	}
	if err := archive.Close(); err != nil {
		return "", nil, fmt.Errorf("make an empty image: %w", err)
	}
	name := fmt.Sprintf("perfrun-self-test:%d", time.Now().UnixNano())
	done, err := d.api.ImageImport(ctx, client.ImageImportSource{Source: &layer, SourceName: "-"}, name, client.ImageImportOptions{})
	if err != nil {
		return "", nil, fmt.Errorf("import an empty image: %w", err)
	}
	_, err = io.Copy(io.Discard, done)
	if err = errors.Join(err, done.Close()); err != nil {
		return "", nil, fmt.Errorf("import an empty image: %w", err)
	}
	remove = func() error {
		_, err := d.api.ImageRemove(context.WithoutCancel(ctx), name, client.ImageRemoveOptions{Force: true})
		return err
	}
	found, err := d.api.ImageInspect(ctx, name)
	if err != nil {
		return "", nil, fmt.Errorf("look up the empty image: %w", err)
	}
	return found.ID, remove, nil
}
