package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

func logsCommand() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:         "logs JOB",
		GroupID:     "box",
		Short:       "Show what a job of a box says: fetching, building, rounds",
		Long:        "Show what a job of a box says: fetching, building, rounds. JOB is an id, the beginning of one, or latest.",
		Annotations: ofBoxes,
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withJob(cmd, args[0], func(ctx context.Context, box *client.Client, job results.Job) error {
				read := box.Log
				if follow {
					read = box.FollowLog
				}
				out := &harmless{to: cmd.OutOrStdout(), on: style(cmd.OutOrStdout()).Width > 0}
				_, err := read(ctx, job.ID, 0, out)
				return errors.Join(err, out.end())
			})
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the job has ended")
	return cmd
}

// harmless passes on what a build or a benchmark wrote. On a terminal control
// sequences are spelt out, line by line; a file gets every byte as it was.
type harmless struct {
	to   io.Writer
	on   bool
	line []byte
}

// mostLine is after how many bytes a line is passed on that does not end.
const mostLine = 64 << 10

func (h *harmless) Write(text []byte) (int, error) {
	if !h.on {
		return h.to.Write(text)
	}
	h.line = append(h.line, text...)
	cut := bytes.LastIndexByte(h.line, '\n') + 1
	if len(h.line) > mostLine {
		cut = len(h.line)
	}
	if cut > 0 {
		if _, err := io.WriteString(h.to, words.Block(string(h.line[:cut]))); err != nil {
			return 0, err
		}
		h.line = append(h.line[:0], h.line[cut:]...)
	}
	return len(text), nil
}

// end passes on what has no end: the last words of a process that was killed.
func (h *harmless) end() error {
	if len(h.line) == 0 {
		return nil
	}
	_, err := io.WriteString(h.to, words.Block(string(h.line))+"\n")
	h.line = nil
	return err
}
