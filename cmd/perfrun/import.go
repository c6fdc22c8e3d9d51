package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/wire"
)

func importCommand() *cobra.Command {
	var db string
	elsewhere := tableFlags{}
	cmd := &cobra.Command{
		Use:     "import FILE",
		GroupID: "keep",
		Short:   "Take a run that was measured elsewhere into the database",
		Long: `Import reads a run that perfrun export --format json wrote, here or on another
machine, and stores it with every sample. A run that is here already changes
nothing; another one with its id is refused. What it measured of commits of a main
branch becomes part of their history, under the class of the host it names.

With --suite the file is a table with the header series,value, and perhaps commit and
environment, in time order: what another tool measured. Each value becomes a point of
the history, and steps are announced as if it had been measured here. Taken in again,
a longer table adds what is new.`,
		Example: "  perfrun import run.json\n  perfrun import --suite nightly --unit ms nightly.csv\n  perfrun --box you@relay.example.com:2222 import run.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(errors.New("name one file, or - for standard input"))
			}
			return nil
		},
		Annotations: ofBoxes,
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := boxAddress(cmd, db)
			switch {
			case err != nil:
				return err
			case elsewhere.suite != "" && address != nil:
				return usage(errors.New("a table is taken into a database, not sent to a box: call it there"))
			case elsewhere.suite != "":
				return elsewhere.run(cmd, db, args[0])
			case address != nil:
				return upload(cmd, args[0])
			}
			return importFile(cmd, db, args[0])
		},
	}
	elsewhere.add(cmd)
	addDB(cmd, &db)
	return cmd
}

// upload gives a run to a box. The box says nothing before it is safe there.
func upload(cmd *cobra.Command, name string) error {
	record, err := readRun(cmd, name)
	if err != nil {
		return err
	}
	return uploadRecord(cmd, record)
}

func uploadRecord(cmd *cobra.Command, record *results.Record) error {
	file, err := os.CreateTemp("", "perfrun-upload-")
	if err != nil {
		return fmt.Errorf("make a copy to upload: %w", err)
	}
	defer os.Remove(file.Name())
	if err := errors.Join(export.Write(file, "json", record), file.Close()); err != nil {
		return fmt.Errorf("make a copy to upload: %w", err)
	}
	return withBox(cmd, func(ctx context.Context, box *client.Client) error {
		if err := box.Upload(ctx, uploadID(record.Run.ID), file.Name()); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "the box has run %s: %d executions\n", words.Plain(record.Run.ID), len(record.Executions))
		return nil
	})
}

// uploadID names the upload of a run, the same each time, so that one that was cut off
// goes on. An upload's id is narrower than a run's: of others it is made from a digest.
func uploadID(run string) string {
	id := "run-" + run
	if wire.CheckID(id) == nil {
		return id
	}
	return fmt.Sprintf("run-%x", sha256.Sum224([]byte(run)))
}

func importFile(cmd *cobra.Command, db, name string) error {
	record, err := readRun(cmd, name)
	if err != nil {
		return err
	}
	writer, err := openWriter(cmd.Context(), db)
	if err != nil {
		return err
	}
	defer writer.Close()
	added, err := takeIn(cmd.Context(), writer, record)
	if err != nil {
		return err
	}
	if !added {
		fmt.Fprintf(os.Stderr, "run %s is here already\n", words.Plain(record.Run.ID))
		return nil
	}
	fmt.Fprintf(os.Stderr, "imported run %s: %d executions\n", words.Plain(record.Run.ID), len(record.Executions))
	return nil
}

// takeIn stores a record with what it concludes, and what it says of a main branch's
// history.
func takeIn(ctx context.Context, writer *store.Store, record *results.Record) (added bool, err error) {
	added, err = writer.Import(ctx, record)
	if err == nil {
		err = harness.Outcomes(ctx, writer, record)
	}
	if err == nil && record.Run.State == results.Done { // again where it was here: that may have been cut off
		err = harness.Remember(ctx, writer, record)
	}
	return added, err
}

func readRun(cmd *cobra.Command, name string) (*results.Record, error) {
	if name == "-" {
		return export.Read(cmd.InOrStdin(), "standard input")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, &results.Problem{Kind: results.BadInput, Where: name, What: "it cannot be read", Next: "name a file that perfrun export --format json wrote", Err: err}
	}
	defer file.Close()
	return export.Read(io.Reader(file), name)
}
