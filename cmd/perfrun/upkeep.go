package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/reports/words"
)

// cleanAlone keeps the disk from filling up while nothing is measured: it waits for the
// run that is being made, and the next one waits for it.
func (d *daemon) cleanAlone(ctx context.Context) (err error) {
	d.cleaning.Store(true)
	defer d.queue.Nudge()
	defer d.cleaning.Store(false)
	held, err := lock.Acquire(ctx, lockPath(), lock.Holder{User: userName(), PID: os.Getpid(), What: "cleans the disk", Since: time.Now()}, func([]lock.Holder) {})
	if err != nil {
		return fmt.Errorf("clean the disk: %w", err)
	}
	return errors.Join(d.clean(ctx), held.Release())
}

// clean removes what nobody used for a long time: files also where Docker does not answer.
func (d *daemon) clean(ctx context.Context) error {
	upkeep := box.Upkeep{Cache: d.cache, Logs: []string{d.logs(), d.db + "-logs"}, Keep: d.config.Box.Keep, Now: time.Now}
	var away error
	if d.engine == "docker" {
		var docker *engine.Docker
		if docker, away = engine.OpenDocker(ctx, d.program); away == nil {
			defer docker.Close()
			upkeep.Remove, upkeep.Used = docker.Forget, d.usedImages
		}
	}
	removed, err := upkeep.Clean(ctx)
	for _, what := range removed {
		fmt.Fprintln(os.Stderr, "removed "+words.Plain(what)+", which nobody used")
	}
	return errors.Join(away, err)
}

func (d *daemon) usedImages(ctx context.Context, since time.Time) (recent, ever []string, err error) {
	runs, err := d.store.Runs(ctx, 0)
	recent, ever = box.UsedImages(runs, since)
	return recent, ever, err
}

// disks are the folders in which a box must have room.
func (d *daemon) disks() []string {
	folders := []string{d.cache, filepath.Dir(d.db)}
	if images := d.images.Load(); images != nil && *images != "" {
		folders = append(folders, *images)
	}
	return folders
}

// findImages asks Docker where it keeps images and containers: often on a disk of their
// own. While it does not answer, nobody knows.
func (d *daemon) findImages(ctx context.Context) {
	if d.engine != "docker" || d.images.Load() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	docker, err := engine.OpenDocker(limited, d.program)
	if err != nil {
		return
	}
	d.images.Store(new(docker.Root()))
	_ = docker.Close()
}

// answerIn is how long Docker may take to say where its things are.
const answerIn = 5 * time.Second
