package datadir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Unknown holds the members of a JSON object that a struct has no field for: a
// newer version of the program wrote them. A type that keeps them beside its
// fields, by UnmarshalKeeping and MarshalKeeping, loses nothing of a newer
// version's file when this version writes it.
type Unknown map[string]json.RawMessage

// UnmarshalKeeping decodes data, a JSON object, into the struct that v points to
// and returns the members that it has no field for; nil when there are none.
func UnmarshalKeeping(data []byte, v any) (Unknown, error) {
	if err := json.Unmarshal(data, v); err != nil {
		return nil, err
	}
	var members Unknown
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v).Elem()) { // those of embedded structs included
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for member := range members {
			if strings.EqualFold(member, name) { // As json.Unmarshal compares them.
				delete(members, member)
			}
		}
	}
	if len(members) == 0 {
		return nil, nil
	}
	return members, nil
}

// MarshalKeeping encodes v, which must encode as a JSON object, with the unknown
// members after its own, in the order of their names.
func MarshalKeeping(v any, unknown Unknown) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil || len(unknown) == 0 {
		return data, err
	}
	object, ok := bytes.CutSuffix(data, []byte("}"))
	if !ok {
		return nil, errors.New("encode with unknown members: not an object")
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, fmt.Errorf("encode an unknown member: %w", err)
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(append(append(object, key...), ':'), unknown[name]...)
	}
	return append(object, '}'), nil
}
