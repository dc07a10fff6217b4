package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vastrelay/app/datadir"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// Form names how an event looks in Chat.
type Form string

// The message forms.
const (
	FormCard Form = "card"
	FormText Form = "text"
)

// Forms lists the message forms in the order in which they are shown; the
// first is the default.
func Forms() []Form { return []Form{FormCard, FormText} }

// Rung is the first form that a message is tried in where f is chosen. A form of a
// newer version is taken for the default.
func (f Form) Rung() relay.Rung {
	if f == FormText {
		return relay.RungText
	}
	return relay.RungCard
}

// Threads names which messages stand in one thread of the Chat space.
type Threads string

// The choices of threads.
const (
	ThreadsOff      Threads = "off"      // each message by itself
	ThreadsType     Threads = "type"     // one thread for each type of event
	ThreadsInstance Threads = "instance" // one for each instance or machine that the text names
)

// ThreadChoices lists the choices of threads in the order in which they are
// shown; the first is the default.
func ThreadChoices() []Threads { return []Threads{ThreadsOff, ThreadsType, ThreadsInstance} }

// Settings is everything that a person can choose and that is not a secret.
// The zero value of each field means its default, which is never written down as
// if it had been chosen.
type Settings struct {
	InstallationID string `json:"installation_id"` // 8 lower-case letters and digits, made once

	EventTypes []string `json:"event_types,omitempty"` // full keys; empty: the preselection
	Host       bool     `json:"host,omitempty"`        // "I also host machines"
	Form       Form     `json:"form,omitempty"`        // default card
	Threads    Threads  `json:"threads,omitempty"`     // default off

	Tunnel string `json:"tunnel,omitempty"` // the name of a vendor; default the first of them

	// TunnelValues are the settings of all vendors of tunnels. In the file they
	// stand among the others, under their own keys.
	TunnelValues tunnel.Values `json:"-"`

	Space string `json:"space,omitempty"`       // the Chat space id that the Chat URL leads to
	Label string `json:"space_label,omitempty"` // what the person calls that space

	GapSettings
	RouteSettings

	General       General       `json:"general,omitzero"`
	Notifications Notifications `json:"notifications,omitzero"`

	TrayHintShown bool `json:"tray_hint_shown,omitempty"` // the words at the first close were shown

	// Unconfirmed says that these are the last good copy or the defaults in place
	// of settings that were damaged or gone. Until a person saves or confirms
	// them, nothing is taken away from what Vast.ai was told to send.
	Unconfirmed bool `json:"unconfirmed,omitempty"`

	unknown datadir.Unknown // members that a newer version of the program wrote
}

// GapSettings say what happens after deliveries could not arrive for a while. In the
// file they stand among the others.
type GapSettings struct {
	// QuietGaps keeps it out of the Chat space that deliveries could not arrive.
	QuietGaps bool `json:"quiet_gaps,omitempty"`
	// NoCatchUp leaves it to a person to fetch what could not be delivered meanwhile
	// from Vast.ai's inbox.
	NoCatchUp bool `json:"no_catch_up,omitempty"`
}

// RouteSettings say which events go where. In the file they stand among the others.
type RouteSettings struct {
	// HistoryOnly are the full keys of the types whose events are kept in the history
	// and not posted. Those that came before a change are as they were.
	HistoryOnly []string `json:"history_only,omitempty"`
}

// Posts reports whether events of the type with that full key are posted.
func (s RouteSettings) Posts(key string) bool { return !slices.Contains(s.HistoryOnly, key) }

// SetPosts chooses whether events of the type with that full key are posted. Copies
// of s keep what they say.
func (s *RouteSettings) SetPosts(key string, yes bool) {
	others := slices.DeleteFunc(slices.Clone(s.HistoryOnly), func(k string) bool { return k == key })
	if !yes {
		others = append(others, key)
	}
	slices.Sort(others)
	s.HistoryOnly = others
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type plain Settings
	var p plain
	unknown, err := datadir.UnmarshalKeeping(data, &p)
	if err != nil {
		return err
	}
	*s = Settings(p)
	s.EventTypes, s.unknown = unique(s.EventTypes), unknown
	return nil
}

// unique returns the keys of a list in a file without those that stand in it before
// already, as somebody who edits it can leave them.
func unique(keys []string) []string {
	var kept []string
	for _, key := range keys {
		if !slices.Contains(kept, key) {
			kept = append(kept, key)
		}
	}
	return kept
}

// MarshalJSON implements json.Marshaler.
func (s Settings) MarshalJSON() ([]byte, error) {
	type plain Settings
	others := maps.Clone(s.unknown)
	for key, value := range s.TunnelValues {
		if value == "" {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", key, err)
		}
		if others == nil {
			others = datadir.Unknown{}
		}
		others[key] = text
	}
	return datadir.MarshalKeeping(plain(s), others)
}

// takeTunnelValues moves the settings of vendors to where they belong from
// among the members that Settings has no field for. The error means that one of
// them is no text.
func (s *Settings) takeTunnelValues(vendors []tunnel.Vendor) error {
	for _, vendor := range vendors {
		for _, field := range vendor.Fields {
			for name, raw := range s.unknown {
				if !strings.EqualFold(name, field.Key) { // as json.Unmarshal compares them
					continue
				}
				var value string
				if err := json.Unmarshal(raw, &value); err != nil {
					return fmt.Errorf("decode %s: %w", name, err)
				}
				delete(s.unknown, name)
				s.set(Field(field.Key), value)
			}
		}
	}
	if len(s.unknown) == 0 {
		s.unknown = nil
	}
	return nil
}

// Check returns an error when s cannot come from a settings file that this
// program wrote.
func (s Settings) Check() error {
	if !validID(s.InstallationID) {
		return errors.New("it holds no installation id")
	}
	return nil
}

// FormOrDefault returns the chosen message form, or the default one.
func (s Settings) FormOrDefault() Form {
	if s.Form == "" {
		return Forms()[0]
	}
	return s.Form
}

// ThreadsOrDefault returns the chosen threads, or the default.
func (s Settings) ThreadsOrDefault() Threads {
	if s.Threads == "" {
		return ThreadChoices()[0]
	}
	return s.Threads
}

// value returns the setting f, one of those that are a text.
func (s Settings) value(f Field) string {
	switch f {
	case FieldForm:
		return string(s.Form)
	case FieldThreads:
		return string(s.Threads)
	case FieldTunnel:
		return s.Tunnel
	case FieldSpace:
		return s.Space
	case FieldLabel:
		return s.Label
	case FieldTheme:
		return string(s.General.Theme)
	case FieldUpdates:
		return string(s.General.Updates)
	case FieldProxy:
		return s.General.Proxy
	case FieldChatLanguage:
		return s.General.ChatLanguage
	case FieldNotifiedEvents:
		return string(s.Notifications.Events)
	case FieldQuietFrom:
		return s.Notifications.QuietFrom
	case FieldQuietTo:
		return s.Notifications.QuietTo
	default:
		return s.TunnelValues[string(f)]
	}
}

// set is the opposite of value. The map of s must not be shared.
func (s *Settings) set(f Field, value string) {
	switch f {
	case FieldForm:
		s.Form = Form(value)
	case FieldThreads:
		s.Threads = Threads(value)
	case FieldTunnel:
		s.Tunnel = value
	case FieldSpace:
		s.Space = value
	case FieldLabel:
		s.Label = value
	case FieldTheme:
		s.General.Theme = Theme(value)
	case FieldUpdates:
		s.General.Updates = UpdateChoice(value)
	case FieldProxy:
		s.General.Proxy = value
	case FieldChatLanguage:
		s.General.ChatLanguage = value
	case FieldNotifiedEvents:
		s.Notifications.Events = NotifiedEvents(value)
	case FieldQuietFrom:
		s.Notifications.QuietFrom = value
	case FieldQuietTo:
		s.Notifications.QuietTo = value
	default:
		s.setTunnelValue(string(f), value)
	}
}

// setTunnelValue sets a setting of a vendor of tunnels. The map of s must not be
// shared.
func (s *Settings) setTunnelValue(key, value string) {
	switch {
	case value == "":
		delete(s.TunnelValues, key)
	case s.TunnelValues == nil:
		s.TunnelValues = tunnel.Values{key: value}
	default:
		s.TunnelValues[key] = value
	}
}

// Clone returns a copy of s that shares no memory with it.
func (s Settings) Clone() Settings {
	s.EventTypes = slices.Clone(s.EventTypes)
	s.HistoryOnly = slices.Clone(s.HistoryOnly)
	s.TunnelValues = maps.Clone(s.TunnelValues)
	s.General.unknown = maps.Clone(s.General.unknown)
	s.Notifications = s.Notifications.clone()
	s.unknown = maps.Clone(s.unknown)
	return s
}
