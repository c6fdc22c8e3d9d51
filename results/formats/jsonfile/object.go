package jsonfile

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// object is an object of which something is expected.
type object struct {
	jsontext.Value
	what    string // "a benchmark", for errors
	next    string // how the tool is told to write what is expected
	members map[string]jsontext.Value
}

func asObject(v jsontext.Value, what, next string) (object, error) {
	if v.Kind() != jsontext.Object {
		return object{}, v.Problem(fmt.Sprintf("%s is %s instead of an object", what, v.Kind()), next)
	}
	return object{v, what, next, v.Map()}, nil
}

// missing is a problem with a member that is not there.
func (o object) missing(key string) *results.Problem {
	return o.Problem(fmt.Sprintf("%s has no %q", o.what, key), o.next)
}

// wrong is a problem with a member of the wrong kind.
func (o object) wrong(key string, want jsontext.Kind) *results.Problem {
	v := o.members[key]
	return v.Problem(fmt.Sprintf("%q of %s is %s instead of %s", key, o.what, v.Kind(), want), o.next)
}

// has reports whether a member is there and not null.
func (o object) has(key string) bool {
	v, ok := o.members[key]
	return ok && v.Kind() != jsontext.Null
}

// member returns a member of a kind.
func (o object) member(key string, kind jsontext.Kind) (jsontext.Value, error) {
	v, ok := o.members[key]
	switch {
	case !ok:
		return v, o.missing(key)
	case v.Kind() != kind:
		return v, o.wrong(key, kind)
	}
	return v, nil
}

func (o object) text(key string) (string, error) {
	v, err := o.member(key, jsontext.String)
	if err != nil {
		return "", err
	}
	text, _ := v.Text()
	return text, nil
}

// textOr returns a text, or else a default if it is absent or something else.
func (o object) textOr(key, otherwise string) string {
	if text, err := o.text(key); err == nil {
		return text
	}
	return otherwise
}

func (o object) number(key string) (float64, error) {
	v, err := o.member(key, jsontext.Number)
	if err != nil {
		return 0, err
	}
	number, _ := v.Number()
	return number, nil
}

// numbers returns the numbers of a list; the error points at the first that is
// none.
func numbers(list jsontext.Value, what, next string) (values []float64, err error) {
	for element := range list.Elements() {
		value, ok := element.Number()
		if !ok {
			return nil, element.Problem(fmt.Sprintf("%s holds %s instead of a number", what, element.Kind()), next)
		}
		values = append(values, value)
	}
	return values, nil
}

// named appends parameters to a name: "sort [n=10, t=2]".
func named(name string, parameters jsontext.Value) string {
	var list []string
	for key, value := range parameters.Members() {
		text, ok := value.Text()
		if !ok {
			text = value.Raw()
		}
		list = append(list, key+"="+text)
	}
	if len(list) == 0 {
		return name
	}
	return name + " [" + strings.Join(list, ", ") + "]"
}
