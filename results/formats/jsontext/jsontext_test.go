package jsontext_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

func TestMistakes(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		_, err := jsontext.Parse("f", []byte(text))
		if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.HasPrefix(problem.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	check("", "f:1:1: it is empty")
	check(" \n ", "f:2:2: it is empty")
	check("{\n  \"a\": 1\n", "f:3:1: it ends in the middle")
	check(`{"a": "b`, "f:1:9: it ends in the middle")
	check(`{"a" 1}`, "f:1:6: there is no colon")
	check(`{a: 1}`, "f:1:2: there is no key in double quotes")
	check(`{"a": 1,}`, "f:1:9: there is no key")
	check(`[1,]`, "f:1:4: there is no JSON value")
	check("[1\n2]", "f:2:1: there is neither a comma nor the end of the list")
	check(`{"a":1 "b":2}`, "f:1:8: there is neither a comma nor the end of the object")
	check(`["é", x]`, "f:1:7: there is no JSON value")
	check(`[01]`, "f:1:2: a number begins with 0")
	check(`[1.]`, "f:1:4: there is no JSON value")
	check(`[1e+]`, "f:1:5: there is no JSON value")
	check(`[+1]`, "f:1:2: there is no JSON value")
	check(`[nano]`, "f:1:2: there is no JSON value")
	check(`["\x41"]`, "f:1:3: there is no such escape")
	check(`["\u12g4"]`, "f:1:7: there are not four hexadecimal digits")
	check(`["\u12`, "f:1:7: it ends in the middle")
	check(`["\`, "f:1:4: it ends in the middle")
	check("{}\n{}", "f:2:1: there is more after the end of the JSON")
	check(strings.Repeat("[", 1<<20), "f:1:65: it is nested more than 64 deep")
	check("\ufeff{}", "f:1:1: there is no JSON value")
}

func TestValues(t *testing.T) {
	top, err := jsontext.Parse("f", []byte("{\"a\": [1, -2.5e3, NaN, -NaN, Infinity, -Infinity, nan, inf, -inf, 1e999],\n \"t\": \"x\ty\\u00e9\t\", \"\\u0062\": true, \"a\": 0, \"n\": null, \"raw\": \"\xff\"}"))
	if err != nil {
		t.Fatal(err)
	}
	members := top.Map()
	var numbers []float64
	for element := range members["a"].Elements() {
		number, ok := element.Number()
		if !ok {
			t.Errorf("%s is no number", element.Where())
		}
		numbers = append(numbers, number)
	}
	if got, want := fmt.Sprint(numbers), "[1 -2500 NaN NaN +Inf -Inf NaN +Inf -Inf +Inf]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if text, ok := members["t"].Text(); !ok || text != "x\tyé\t" {
		t.Errorf("%q", text)
	}
	if text, _ := members["raw"].Text(); text != "\uFFFD" {
		t.Errorf("%q", text)
	}
	if !members["b"].Is(true) || members["b"].Is(false) || members["n"].Kind() != jsontext.Null || members["n"].Is(true) || members["none"].Is(false) || members["none"].Kind() != jsontext.Null || members["t"].Where() != "f:2:7" {
		t.Errorf("%v %v %s", members["b"].Kind(), members["n"].Kind(), members["t"].Where())
	}
	if problem := members["n"].Problem("it is "+members["n"].Kind().String(), "x"); problem.Error() != "f:2:50: it is null; x" {
		t.Error(problem)
	}
	for range members["t"].Elements() {
		t.Error("text has elements")
	}
	for range members["a"].Members() {
		t.Error("a list has members")
	}
	_, isText := members["n"].Text()
	if _, isNumber := members["t"].Number(); isNumber || isText {
		t.Error("kinds are mixed up")
	}
}

// plain turns a value into what encoding/json would make of it.
func plain(v jsontext.Value) any {
	switch v.Kind() {
	case jsontext.Object:
		members := map[string]any{}
		for key, member := range v.Members() {
			members[key] = plain(member)
		}
		return members
	case jsontext.Array:
		list := []any{}
		for element := range v.Elements() {
			list = append(list, plain(element))
		}
		return list
	case jsontext.String:
		text, _ := v.Text()
		return text
	case jsontext.Number:
		number, _ := v.Number()
		return number
	case jsontext.Bool:
		return v.Is(true)
	}
	return nil
}

// FuzzParse holds the reader against encoding/json: what that accepts is read,
// and means the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, 2.5e-3, "x\u00e9\ud83d\ude00\"", true, null], "b": {}}`, `[]`, `"\ud800"`, `-0`, ` [NaN, -Infinity] `, "\"\x00\\n\"", `{"a":1,"a":2}`, `1e999`, "[\"\xff\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		top, err := jsontext.Parse("f", text)
		if _, ok := errors.AsType[*results.Problem](err); err != nil && !ok {
			t.Fatalf("%v is no problem", err)
		}
		var got any
		if err == nil {
			got = plain(top)
		}
		var want any
		if json.Unmarshal(text, &want) != nil || !utf8.Valid(text) { // json replaces each byte, we a run of them
			return
		}
		if err != nil && !strings.Contains(err.Error(), "deep") {
			t.Fatalf("json reads it: %v", err)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
	})
}

func TestLargeNumber(t *testing.T) {
	top, err := jsontext.Parse("f", []byte("-1e999"))
	if number, ok := top.Number(); err != nil || !ok || !math.IsInf(number, -1) {
		t.Errorf("%v %v %v", number, ok, err)
	}
}
