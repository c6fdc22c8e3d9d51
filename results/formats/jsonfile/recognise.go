package jsonfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// mark is what a file of a format is known by: a list of objects, under a key or
// as the whole file, and keys that only this tool writes, beside the list or in
// its objects.
type mark struct {
	format string
	list   string   // the list's key; empty: the file is the list
	need   []string // all of these are there
	any    []string // and one of these
}

// The formats that can be recognised, those of [Parse] and perfrun's own export.
var marks = []mark{
	{Google, "benchmarks", nil, []string{"context", "real_time", "run_type", "run_name", "cpu_coefficient", "rms"}},
	{Hyperfine, "results", nil, []string{"command", "exit_codes", "times"}},
	{Pytest, "benchmarks", nil, []string{"machine_info", "commit_info", "stats", "fullname"}},
	{JMH, "", nil, []string{"jmhVersion", "primaryMetric", "secondaryMetrics"}},
	{Action, "", []string{"name", "unit", "value"}, []string{"value"}},
	{Export, "executions", []string{"run"}, []string{"executions"}},
}

// Export is perfrun's own JSON; it is recognised here and read elsewhere.
const Export = "perfrun"

// foreign are files that are known and not read, by a key of theirs.
var foreign = []struct{ key, what, next string }{
	{"iters", "one sample.json of Criterion", "name the folder that it is in, such as target/criterion"},
	{"full_id", "one benchmark.json of Criterion", "name the folder that it is in, such as target/criterion"},
	{"median_abs_dev", "one estimates.json of Criterion", "name the folder that it is in, such as target/criterion"},
	{"HostEnvironmentInfo", "a file of BenchmarkDotNet, which is not read", foreignNext},
	{"result_columns", "a file of asv, which is not read", foreignNext},
	{"filepath", "a file of Vitest, which is not read", foreignNext},
	{"BenchmarkTools", "a file of Julia's BenchmarkTools, which is not read", foreignNext},
	{"entries", "a history of github-action-benchmark, which is not read", foreignNext},
}

const foreignNext = "turn it into a table with the header benchmark,side,group,value, or into lines of: name value unit"

// ErrUnknown is the cause of the error of [Recognise] for a file that is no result
// of a tool that is read, and does not look like one either.
var ErrUnknown = errors.New("unknown")

func unknown(p *results.Problem) error {
	p.Err = ErrUnknown
	return p
}

// keys are those of a file and of the first object of its list.
type keys struct{ top, first map[string]jsontext.Value }

// Recognise tells by its content which format a file is. An error says what it
// looks like and what is missing, what it is if that is known and not read, or
// that it looks like several.
func Recognise(top jsontext.Value) (format string, err error) {
	var sure, maybe []string
	var lack *results.Problem
	for _, m := range marks {
		found, missing := m.match(top)
		switch {
		case missing == nil:
			sure = append(sure, m.format)
		case len(found) > 0:
			maybe = append(maybe, m.format)
			lack = top.Problem(fmt.Sprintf("it looks like %s (it has %q), but %s", m.format, found[0], missing), "")
		}
	}
	switch {
	case len(sure) == 1:
		return sure[0], nil
	case len(sure) > 1:
		return "", top.Problem("it looks like "+strings.Join(sure, " and like ")+" at once", "let each file be of one tool")
	}
	if known := knownForeign(top); known != nil {
		return "", known
	}
	if len(maybe) == 1 {
		return "", lack
	}
	return "", unknown(top.Problem("it is JSON of no known kind", "the kinds that are read: "+strings.Join(Names(), ", ")+", and perfrun's own"))
}

// Names lists the formats that [Parse] reads.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// match returns the marks of a format that a file has, and what it lacks; nil if
// nothing. Keys that several tools use ("name") count for nothing alone.
func (m mark) match(top jsontext.Value) (found []string, missing error) {
	list, there := top, top.Kind() == jsontext.Array
	k := keys{top: top.Map()}
	if m.list != "" {
		list, there = k.top[m.list]
		there = there && list.Kind() == jsontext.Array
	}
	k.first = firstOf(list)
	found = slices.DeleteFunc(slices.Clone(m.any), func(key string) bool { return !k.has(key) })
	switch {
	case !there && m.list == "":
		missing = fmt.Errorf("it is %s instead of a list", top.Kind())
	case !there:
		missing = fmt.Errorf("%q is missing, or no list", m.list)
	case len(found) == 0:
		missing = fmt.Errorf("it has none of %s", strings.Join(m.any, ", "))
	}
	for _, key := range m.need {
		if missing == nil && !k.has(key) {
			missing = fmt.Errorf("%q is missing", key)
		}
	}
	return found, missing
}

func (k keys) has(key string) bool {
	_, atTop := k.top[key]
	_, inFirst := k.first[key]
	return atTop || inFirst
}

// firstOf returns the members of a list's first element.
func firstOf(list jsontext.Value) map[string]jsontext.Value {
	for element := range list.Elements() {
		return element.Map()
	}
	return nil
}

// knownForeign is a problem with a file that is known and not read. Vitest's list
// is under "files".
func knownForeign(top jsontext.Value) error {
	k := keys{top: top.Map(), first: firstOf(top)}
	if files, is := k.top["files"]; is {
		k.first = firstOf(files)
	}
	for _, f := range foreign {
		if k.has(f.key) {
			return unknown(top.Problem("it is "+f.what, f.next))
		}
	}
	return nil
}
