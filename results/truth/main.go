package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// Row is one line of the table.
type Row struct {
	Task   string
	Figure string // what perfrun reaches
	Rivals string // what others reach on the same data; "; and " parts them
	Wanted string
	Missed bool // the figure is worse than wanted
}

// data is where the measurements lie, from the module's root.
const data = "results/truth/testdata"

// parts are the data sets; slow ones take minutes.
var parts = []struct {
	name string
	slow bool
	rows func(folder string) ([]Row, error)
}{
	{"sap", false, sapRows},
	{"golang", false, golangRows},
	{"history", false, historyRows},
	{"talos", false, talosRows},
	{"peers", false, peerRows},
	{"pairs", false, pairRows},
	{"benchstat", false, benchstatRows},
	{"sequential", true, sequentialRows},
	{"streams", true, streamRows},
}

func main() {
	quick := flag.Bool("quick", false, "leave out what takes minutes")
	only := flag.String("only", "", "one data set")
	folder := flag.String("data", data, "the measurements")
	flag.Parse()
	var all []Row
	for _, part := range parts {
		if part.slow && *quick || *only != "" && part.name != *only {
			continue
		}
		begin := time.Now()
		rows, err := part.rows(*folder)
		if err != nil {
			fmt.Fprintf(os.Stderr, "truth: %s: %v\n", part.name, err)
			os.Exit(1)
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", part.name, time.Since(begin).Seconds())
		all = append(all, rows...)
	}
	print(all)
}

// print writes a block a task: lines are long, and are read one task at a time.
func print(rows []Row) {
	for _, row := range rows {
		fmt.Println(row.Task)
		line := func(who, what string) {
			if what != "" {
				fmt.Printf("    %-8s %s\n", who, what)
			}
		}
		line("perfrun", row.Figure)
		line("rivals", strings.ReplaceAll(row.Rivals, "; and ", "\n             "))
		switch {
		case row.Wanted == "":
		case row.Missed:
			line("wanted", row.Wanted+"  ** MISSED **")
		default:
			line("wanted", row.Wanted+"  (reached)")
		}
	}
}
