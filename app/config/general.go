package config

import (
	"maps"
	"slices"

	"vastrelay/app/datadir"
)

// Theme names the colours of the windows.
type Theme string

// The themes.
const (
	ThemeSystem Theme = "system" // light or dark, as the desktop is
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Themes lists the themes in the order in which they are shown; the first is the
// default.
func Themes() []Theme { return []Theme{ThemeSystem, ThemeLight, ThemeDark} }

// UpdateChoice says whether the program looks for newer versions of itself.
type UpdateChoice string

// The answers to that question.
const (
	UpdatesUnasked UpdateChoice = "" // nobody was asked yet
	UpdatesOn      UpdateChoice = "on"
	UpdatesOff     UpdateChoice = "off"
)

// Period is a span of time that ends now.
type Period string

// The periods.
const (
	PeriodDay   Period = "day"   // 24 hours
	PeriodWeek  Period = "week"  // 7 days
	PeriodMonth Period = "month" // 30 days
)

// Periods lists the periods in the order in which they are shown; the first is the
// default.
func Periods() []Period { return []Period{PeriodDay, PeriodWeek, PeriodMonth} }

// General is what a person chooses for the program as a whole, whatever it relays.
// The zero value of each field means its default.
type General struct {
	Theme Theme `json:"theme,omitempty"` // default: as the system
	// Language is the BCP 47 tag of the language of the windows; default, also for one
	// that only a newer version speaks: that of the system. Package words knows the tags.
	Language string `json:"language,omitempty"`

	// ChatLanguage is the tag of the language of messages in Google Chat; default, also
	// for one that only a newer version speaks: English.
	ChatLanguage string `json:"chat_language,omitempty"`

	// Proxy is the address of the proxy that connections go through; empty: none. The
	// environment comes before it. It never holds a password.
	Proxy string `json:"proxy,omitempty"`
	// Updates is whether to look for newer versions once a day. An answer that only a
	// newer version knows is a no.
	Updates UpdateChoice `json:"updates,omitempty"`

	// Activity is the span of time that the picture of activity shows.
	Activity Period `json:"activity,omitempty"`

	unknown datadir.Unknown // members that a newer version of the program wrote
}

// PeriodOrDefault returns the chosen period; the default also for one that only a newer
// version knows.
func (g General) PeriodOrDefault() Period {
	if slices.Contains(Periods(), g.Activity) {
		return g.Activity
	}
	return Periods()[0]
}

// ThemeOrDefault returns the chosen theme; the default also for one that only a
// newer version knows.
func (g General) ThemeOrDefault() Theme {
	switch g.Theme {
	case ThemeLight, ThemeDark:
		return g.Theme
	default:
		return Themes()[0]
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (g *General) UnmarshalJSON(data []byte) error {
	type plain General
	var p plain
	unknown, err := datadir.UnmarshalKeeping(data, &p)
	if err != nil {
		return err
	}
	*g = General(p)
	g.unknown = unknown
	return nil
}

// MarshalJSON implements json.Marshaler.
func (g General) MarshalJSON() ([]byte, error) {
	type plain General
	return datadir.MarshalKeeping(plain(g), maps.Clone(g.unknown))
}
