package witness

import "bytes"

// parseVMStat reads how many pages of files were read again after they had been
// pushed out, and how many pages were swapped, from /proc/vmstat. Kernels before
// 5.9 know no refaults but those of files, and have one name for them.
func parseVMStat(text []byte) (refaults, swaps count) {
	var old count
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		name, line := cutField(line)
		field, _ := cutField(line)
		n, ok := number(field)
		if !ok {
			continue
		}
		switch string(name) {
		case "workingset_refault_file":
			refaults.add(n)
		case "workingset_refault":
			old.add(n)
		case "pswpin", "pswpout":
			swaps.add(n)
		}
	}
	if !refaults.seen {
		refaults = old
	}
	return refaults, swaps
}

// parsePressure reads the total of the "some" or the "full" line of a file of
// /proc/pressure, in µs there (Documentation/accounting/psi.rst), in ns here.
func parsePressure(text []byte, line string) (total count) {
	for len(text) > 0 {
		var rest, field []byte
		rest, text = cutLine(text)
		field, rest = cutField(rest)
		if string(field) != line {
			continue
		}
		for field, rest = cutField(rest); len(field) > 0; field, rest = cutField(rest) {
			digits, isTotal := bytes.CutPrefix(field, []byte("total="))
			if us, ok := number(digits); isTotal && ok {
				total.add(times(us, 1000))
			}
		}
	}
	return total
}
