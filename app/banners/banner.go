package banners

import (
	"vastrelay/app/banners/notify"
	"vastrelay/app/health"
)

// Banner is one notification to be shown.
type Banner struct {
	// Slot names its place: a later banner of the same slot replaces it.
	Slot    string
	Title   string // fixed words and numbers
	Text    string // fixed words and numbers; may be empty
	Remote  string // cleaned text from elsewhere, in place of Text where that is harmless; may be empty
	Urgency notify.Urgency
	Open    Target // of a click on the banner
	Buttons []Button
}

// Button is one button of a banner.
type Button struct {
	Label  string
	Target Target
}

// Command says what a click asks for.
type Command string

// The commands.
const (
	CommandShow  Command = "show"  // show the main window
	CommandEvent Command = "event" // show the event Target.EventID
	CommandHop   Command = "hop"   // show the hop Target.Hop
	CommandPage  Command = "page"  // open the web page Target.Page
	CommandPause Command = "pause" // pause relaying
	CommandMute  Command = "mute"  // mute notifications for a while
)

// Target is what a click asks for, with what it is about.
type Target struct {
	Command Command
	EventID string
	Hop     health.HopName
	Page    string
}
