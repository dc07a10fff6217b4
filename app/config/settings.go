package config

import "slices"

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
	PublicURL   string `json:"public_url,omitempty"`   // for url: the origin, https, no path
	Listen      string `json:"listen,omitempty"`       // for url: host:port, default 127.0.0.1:8787

	Space string `json:"space,omitempty"`       // the Chat space id that the Chat URL leads to
	Label string `json:"space_label,omitempty"` // what the person calls that space

	TrayHintShown bool `json:"tray_hint_shown,omitempty"` // the words at the first close were shown
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
	return s
}
