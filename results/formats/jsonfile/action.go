package jsonfile

import (
	"fmt"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
	"mtrlz.dev/perfrun/results/formats/unit"
)

const actionNext = `give each element "name", "unit" and "value"`

// readAction reads the list that github-action-benchmark calls custom. Its "range"
// is whatever spread the program chose to print, and is left out.
func readAction(c *collector, top jsontext.Value) error {
	if top.Kind() != jsontext.Array {
		return top.Problem(fmt.Sprintf("the results are %s instead of a list", top.Kind()), actionNext)
	}
	for element := range top.Elements() {
		o, err := asObject(element, "a result", actionNext)
		if err != nil {
			return err
		}
		name, err := o.text("name")
		if err != nil {
			return err
		}
		of, err := o.text("unit")
		if err != nil {
			return err
		}
		value, err := o.number("value")
		if err != nil {
			return err
		}
		value, of = unit.Base(value, of)
		metric := results.Metric{Case: name, Name: "value", Unit: of, Better: unit.Better(of)}
		if err := c.add(element, Entry{Metric: metric, Groups: [][]float64{{value}}}); err != nil {
			return err
		}
	}
	return nil
}
