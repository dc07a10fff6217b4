package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Tunnel names the provider of the public address.
type Tunnel string

// The tunnel providers that can be chosen.
const (
	TunnelNgrok Tunnel = "ngrok"
	TunnelURL   Tunnel = "url" // the person's own public URL
)

// Tunnels lists the providers in the order in which they are shown; the first
// is the default.
func Tunnels() []Tunnel { return []Tunnel{TunnelNgrok, TunnelURL} }

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

// DefaultListen is where the person's own proxy is expected to forward to when
// nothing else is chosen.
const DefaultListen = "127.0.0.1:8787"

// Settings is everything that a person can choose and that is not a secret.
// The zero value of each field means its default; the methods ending in
// OrDefault resolve it, so that a default is never written down as a choice.
type Settings struct {
	InstallationID string `json:"installation_id"` // 8 lower-case letters and digits, made once

	EventTypes []string `json:"event_types,omitempty"` // full keys; empty: the preselection
	Host       bool     `json:"host,omitempty"`        // "I also host machines"
	Form       Form     `json:"form,omitempty"`        // default card
	Threads    Threads  `json:"threads,omitempty"`     // default off

	Tunnel      Tunnel `json:"tunnel,omitempty"`       // default ngrok
	NgrokDomain string `json:"ngrok_domain,omitempty"` // a static domain to ask for; empty: the account's own
	PublicURL   string `json:"public_url,omitempty"`   // for url: the address, https, with or without a path
	Listen      string `json:"listen,omitempty"`       // for url: host:port, default 127.0.0.1:8787

	Space string `json:"space,omitempty"`       // the Chat space id that the Chat URL leads to
	Label string `json:"space_label,omitempty"` // what the person calls that space

	TrayHintShown bool `json:"tray_hint_shown,omitempty"` // the words at the first close were shown

	// Unconfirmed says that these are the last good copy or the defaults in place
	// of settings that were damaged or gone. Until a person saves or confirms
	// them, nothing is taken away from what Vast.ai was told to send.
	Unconfirmed bool `json:"unconfirmed,omitempty"`

	unknown Unknown // members that a newer version of the program wrote
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type plain Settings
	var p plain
	unknown, err := UnmarshalKeeping(data, &p)
	if err != nil {
		return err
	}
	*s = Settings(p)
	s.unknown = unknown
	return nil
}

// MarshalJSON implements json.Marshaler.
func (s Settings) MarshalJSON() ([]byte, error) {
	type plain Settings
	return MarshalKeeping(plain(s), s.unknown)
}

// Check returns an error when s cannot come from a settings file that this
// program wrote.
func (s Settings) Check() error {
	if !validID(s.InstallationID) {
		return errors.New("it holds no installation id")
	}
	return nil
}

// UnknownValues lists what a newer version of the program wrote into s and this
// one does not know, in words: each with the name of its setting. It is kept,
// and the default is in force in its place.
func (s Settings) UnknownValues() []string {
	var list []string
	add := func(field Field, value string) { list = append(list, fmt.Sprintf("%s %q", field, value)) }
	if !slices.Contains(Forms(), s.FormOrDefault()) {
		add(FieldForm, string(s.Form))
	}
	if !slices.Contains(ThreadChoices(), s.ThreadsOrDefault()) {
		add(FieldThreads, string(s.Threads))
	}
	if !slices.Contains(Tunnels(), s.TunnelOrDefault()) {
		add(FieldTunnel, string(s.Tunnel))
	}
	for _, key := range s.EventTypes {
		if !KnownEventKey(key) {
			add(FieldEventTypes, key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.unknown)) {
		list = append(list, fmt.Sprintf("%q", name))
	}
	return list
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

// TunnelOrDefault returns the chosen tunnel provider, or the default one.
func (s Settings) TunnelOrDefault() Tunnel {
	if s.Tunnel == "" {
		return Tunnels()[0]
	}
	return s.Tunnel
}

// ListenOrDefault returns the host:port to listen on for the url provider.
func (s Settings) ListenOrDefault() string {
	if s.Listen == "" {
		return DefaultListen
	}
	return s.Listen
}

// Clone returns a copy of s that shares no memory with it.
func (s Settings) Clone() Settings {
	s.EventTypes = slices.Clone(s.EventTypes)
	s.unknown = maps.Clone(s.unknown)
	return s
}
