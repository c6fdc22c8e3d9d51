package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// batches is what sample.json holds: of each batch the iterations and the
// nanoseconds that they took together.
type batches struct {
	Iters []number `json:"iters"`
	Times []number `json:"times"`
}

// UnmarshalJSON reads both shapes of sample.json: since 0.3.3 an object, before
// it a bare pair of lists (BurntSushi/critcmp#5).
func (b *batches) UnmarshalJSON(text []byte) error {
	type object batches // without this method
	if !bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, (*object)(b))
	}
	var pair [][]number
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("there are %d lists instead of iterations and times", len(pair))
	}
	b.Iters, b.Times = pair[0], pair[1]
	return nil
}

// number is a JSON number that must be there: Criterion writes a NaN as null,
// which a plain float64 would take for 0.
type number float64

// UnmarshalJSON refuses null and what is no number.
func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return errors.New("there is null instead of a number")
	}
	return json.Unmarshal(text, (*float64)(n))
}

// batches reads a result's sample.json; nil if an earlier execution wrote it.
func (t *criterionTree) batches(dir string, since time.Time) (*batches, error) {
	name := path.Join(dir, "sample.json")
	var read batches
	modified, err := t.decode(name, since, &read)
	switch {
	case errors.Is(err, errStale):
		return nil, nil
	case err != nil:
		return nil, err
	case !fresh(modified, since, read.total()):
		return nil, nil
	}
	if err := read.check(); err != nil {
		return nil, malformed(name, err)
	}
	return &read, nil
}

// total returns the nanoseconds of all batches.
func (b *batches) total() (nanoseconds float64) {
	for _, t := range b.Times {
		nanoseconds += float64(t)
	}
	return nanoseconds
}

// check refuses what no timed benchmark can have written.
func (b *batches) check() error {
	if len(b.Times) == 0 || len(b.Iters) != len(b.Times) {
		return fmt.Errorf("there are %d times of %d batches", len(b.Times), len(b.Iters))
	}
	for i := range b.Times {
		if b.Iters[i] <= 0 || b.Times[i] < 0 || !finite(float64(b.Times[i]/b.Iters[i])) {
			return fmt.Errorf("batch %d is %v ns for %v iterations", i, b.Times[i], b.Iters[i])
		}
	}
	return nil
}

// samples returns the seconds per iteration of every batch.
func (b *batches) samples(id string) []results.Sample {
	metric := results.Metric{Case: id, Name: "time", Unit: "sec/op", Better: results.Lower}
	samples := make([]results.Sample, len(b.Times))
	for i := range b.Times {
		samples[i] = results.Sample{Metric: metric, Value: float64(b.Times[i]) / float64(b.Iters[i]) / 1e9}
	}
	return samples
}

// identity is what benchmark.json says of a result.
type identity struct {
	FullID    string  `json:"full_id"`
	Group     string  `json:"group_id"`
	Function  *string `json:"function_id"`
	Value     *string `json:"value_str"`
	Directory string  `json:"directory_name"`
}

// parts are the components of the id, as Criterion puts them together.
func (id identity) parts() []string {
	parts := []string{id.Group}
	for _, part := range []*string{id.Function, id.Value} {
		if part != nil {
			parts = append(parts, *part)
		}
	}
	return parts
}

// identify reads the name of a result from its benchmark.json, which Criterion
// writes last, and finds the folder of the tree that it is in. The oldest versions
// write no such file: there the path below the tree is the name.
func (t *criterionTree) identify(top, dir string) (id, root string, err error) {
	name := path.Join(dir, "benchmark.json")
	var read identity
	_, err = t.decode(name, time.Time{}, &read)
	if errors.Is(err, fs.ErrNotExist) {
		read.FullID, err = strings.Trim(strings.TrimPrefix(path.Dir(dir), top), "/."), nil
		read.Directory = read.FullID
	}
	if err != nil {
		return "", "", err
	}
	if id = read.FullID; id == "" {
		id = strings.Join(read.parts(), "/")
	}
	if id == "" {
		return "", "", malformed(name, errors.New("it names no benchmark"))
	}
	return id, above(path.Dir(dir), read), nil
}

// above returns the folder of the tree that a result's folder is in: as many up
// as the name has parts.
func above(dir string, id identity) string {
	up := len(id.parts())
	if id.Directory != "" {
		up = strings.Count(strings.Trim(id.Directory, "/"), "/") + 1
	}
	for range up {
		dir = path.Dir(dir)
	}
	return dir
}

// errStale is the cause of not reading a file that an earlier execution wrote.
var errStale = errors.New("older than the execution")

// decode reads a JSON file and returns when it was written. A file that is
// certainly older than since is not read: errStale.
func (t *criterionTree) decode(name string, since time.Time, into any) (modified time.Time, err error) {
	file, err := openRegular(t.fsys, name)
	if err != nil {
		return modified, unreadable(name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return modified, unreadable(name, err)
	}
	if info.ModTime().Add(lag(info.ModTime())).Before(since) {
		return modified, errStale
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	switch t.bytes -= int64(len(text)); {
	case len(text) > maxFileBytes:
		return modified, tooLarge(name, "no result of Criterion's is; remove it and measure again")
	case t.bytes < 0:
		return modified, problem(quote(name), fmt.Sprintf("Criterion's results exceed %d bytes", maxResultBytes), "split the benchmark")
	}
	if err != nil {
		return modified, unreadable(name, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return modified, malformed(name, err)
	}
	return info.ModTime(), nil
}
