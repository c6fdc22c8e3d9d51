package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// JSON is v as encoding/json writes it, but with null for numbers that are not finite:
// those have no place in JSON, and one in a damaged row must not hide the others.
func JSON(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if _, unsupported := errors.AsType[*json.UnsupportedValueError](err); unsupported {
		return json.Marshal(nulled(reflect.ValueOf(v)))
	}
	return text, err
}

// nulled is a value in maps and lists, with nil for numbers that are not finite.
func nulled(v reflect.Value) any {
	switch {
	case !v.IsValid() || v.Kind() == reflect.Float64 && (math.IsInf(v.Float(), 0) || math.IsNaN(v.Float())):
		return nil
	case v.Type().Implements(reflect.TypeFor[json.Marshaler]()):
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return nulled(v.Elem())
	case reflect.Slice, reflect.Array:
		return nulledList(v)
	case reflect.Map:
		return nulledMap(v)
	case reflect.Struct:
		return nulledFields(v)
	}
	return v.Interface()
}

func nulledList(v reflect.Value) any {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = nulled(v.Index(i))
	}
	return list
}

func nulledMap(v reflect.Value) any {
	if v.IsNil() {
		return nil
	}
	all := map[string]any{}
	for _, k := range v.MapKeys() {
		all[fmt.Sprint(k)] = nulled(v.MapIndex(k))
	}
	return all
}

// nulledFields has the fields that encoding/json writes: those of embedded structs as the
// outer's own, unless that has one of the same name.
func nulledFields(v reflect.Value) any {
	all, depth := map[string]any{}, map[string]int{}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		field, err := v.FieldByIndexErr(f.Index)
		omitted := strings.Contains(options, "omitempty") && empty(field) || strings.Contains(options, "omitzero") && zero(field)
		if err != nil || !f.IsExported() || name == "-" || omitted || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if before, known := depth[name]; !known || len(f.Index) < before {
			all[name], depth[name] = nulled(field), len(f.Index)
		}
	}
	return all
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return !v.IsValid() || v.IsZero()
}

// zero is as omitzero has it: a value may say so itself, as times do.
func zero(v reflect.Value) bool {
	if z, says := v.Interface().(interface{ IsZero() bool }); says {
		return z.IsZero()
	}
	return v.IsZero()
}
