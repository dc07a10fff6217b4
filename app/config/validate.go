package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vastrelay/relay/tunnel"
)

// FieldError says what is wrong with one setting.
type FieldError struct {
	Field    Field
	Sentence string // one whole sentence for a person
}

// Error returns the field and the sentence.
func (e FieldError) Error() string { return string(e.Field) + ": " + e.Sentence }

// ValidationError lists every setting that is wrong; it is never empty.
type ValidationError []FieldError

// Error returns the sentences, one after the other.
func (e ValidationError) Error() string {
	sentences := make([]string, len(e))
	for i, f := range e {
		sentences[i] = f.Sentence
	}
	return strings.Join(sentences, " ")
}

// Sentence returns what is wrong with field; empty when it is well.
func (e ValidationError) Sentence(field Field) string {
	for _, f := range e {
		if f.Field == field {
			return f.Sentence
		}
	}
	return ""
}

// validate checks s as a whole. It returns nil or a ValidationError. The
// settings of a vendor that is not chosen are checked all the same, since the
// choice can change back; only a required one may be missing then.
func validate(s Settings, vendors []tunnel.Vendor) error {
	var wrong ValidationError
	check := func(field Field, err error) {
		if err != nil {
			wrong = append(wrong, FieldError{Field: field, Sentence: err.Error()})
		}
	}
	check(FieldEventTypes, checkEventTypes(s.EventTypes))
	check(FieldNotifiedTypes, checkEventTypes(s.Notifications.Types))
	chosen := tunnel.Choose(vendors, s.Tunnel).Name
	for _, f := range textFields(vendors) {
		if value := s.value(f.field); value != "" || f.required && f.vendor == chosen {
			_, err := f.parse(value)
			check(f.field, err)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// validateChange is validate for settings that replace before. It accepts wrong
// values that before held already: they may come from a newer version of the
// program, and must not keep a person from changing something else.
func validateChange(s, before Settings, vendors []tunnel.Vendor) error {
	known := s
	known.EventTypes = withoutUnknown(s.EventTypes, before.EventTypes)
	known.Notifications.Types = withoutUnknown(s.Notifications.Types, before.Notifications.Types)
	wrong, ok := validate(known, vendors).(ValidationError) //nolint:errorlint // validate returns it as it is.
	if !ok {
		return nil
	}
	wrong = slices.DeleteFunc(wrong, func(f FieldError) bool {
		if f.Field == FieldEventTypes || f.Field == FieldNotifiedTypes {
			return false
		}
		ofVendor := slices.ContainsFunc(textFields(vendors), func(t textField) bool { return t.field == f.Field && t.vendor != "" })
		value := s.value(f.Field)
		return value != "" && value == before.value(f.Field) && (!ofVendor || s.Tunnel == before.Tunnel)
	})
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// withoutUnknown returns keys without those that are no type keys and stood in
// before already.
func withoutUnknown(keys, before []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		return !KnownEventKey(key) && slices.Contains(before, key)
	})
}

// canonical returns s as it is kept: without spaces around values, with one spelling of
// each address, and with moments of the wall clock. Values that cannot be parsed stay,
// for validate to refuse.
func canonical(s Settings, vendors []tunnel.Vendor) Settings {
	s = s.Clone()
	for _, f := range textFields(vendors) {
		value := strings.TrimSpace(s.value(f.field))
		if parsed, err := f.parse(value); err == nil {
			value = parsed
		}
		s.set(f.field, value)
	}
	if len(s.TunnelValues) == 0 {
		s.TunnelValues = nil
	}
	// Only the wall clock counts: it goes on while the computer sleeps.
	s.Notifications.MutedUntil = s.Notifications.MutedUntil.Round(0)
	return s
}

// unknownValues lists the values and members of s that only a newer version of
// the program knows, each with the name of its setting. They are kept, and the
// default is in force in their place.
func unknownValues(s Settings, vendors []tunnel.Vendor) []string {
	var list []string
	add := func(field Field, value string) { list = append(list, fmt.Sprintf("%s %q", field, value)) }
	for _, f := range textFields(vendors) {
		switch f.field {
		case FieldForm, FieldThreads, FieldTunnel, FieldTheme, FieldUpdates, FieldNotifiedEvents: // a choice of few
			value := s.value(f.field)
			if _, err := f.parse(value); err != nil && value != "" {
				add(f.field, value)
			}
		}
	}
	for _, key := range s.EventTypes {
		if !KnownEventKey(key) {
			add(FieldEventTypes, key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.unknown)) {
		list = append(list, fmt.Sprintf("%q", name))
	}
	for _, name := range slices.Sorted(maps.Keys(s.General.unknown)) {
		list = append(list, fmt.Sprintf("%q", "general."+name))
	}
	return append(list, unknownNotifications(s.Notifications)...)
}

// unknownNotifications is unknownValues for n, except for its choice of events.
func unknownNotifications(n Notifications) []string {
	var list []string
	for _, key := range n.Types {
		if !KnownEventKey(key) {
			list = append(list, fmt.Sprintf("%s %q", FieldNotifiedTypes, key))
		}
	}
	for _, kind := range n.Without {
		if !slices.Contains(NotificationKinds(), kind) {
			list = append(list, fmt.Sprintf("notifications.without %q", kind))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.unknown)) {
		list = append(list, fmt.Sprintf("%q", "notifications."+name))
	}
	return list
}
