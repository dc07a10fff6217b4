package control

import "strings"

// Seat is where windows of a program appear: a display, and on Windows the
// session of a person. The zero value is an unknown seat.
type Seat struct {
	Display string `json:"display,omitempty"` // of X, such as ":0"
	Wayland string `json:"wayland,omitempty"` // the name of its display
	Session string `json:"session,omitempty"` // of Windows, such as "Console"
}

// SeatFrom reads the seat from the environment of a program. Each system sets
// some of the variables.
func SeatFrom(getenv func(string) string) Seat {
	display := strings.TrimPrefix(getenv("DISPLAY"), "unix")
	if host, number, found := strings.Cut(display, ":"); found {
		number, _, _ = strings.Cut(number, ".") // of the screen, which is in sight as well
		display = host + ":" + number
	}
	return Seat{Display: display, Wayland: getenv("WAYLAND_DISPLAY"), Session: getenv("SESSIONNAME")}
}

// Sees reports whether somebody at s can see a window at other. If too little is
// known of either, it is assumed.
func (s Seat) Sees(other Seat) bool {
	if s.Session != other.Session {
		return false
	}
	shared := func(a, b string) bool { return a != "" && a == b }
	if shared(s.Display, other.Display) || shared(s.Wayland, other.Wayland) {
		return true
	}
	return other.Display == "" && other.Wayland == ""
}

// String names the seat for a person.
func (s Seat) String() string {
	switch {
	case s.Display != "":
		return "the display " + s.Display
	case s.Wayland != "":
		return "the display " + s.Wayland
	case s.Session != "":
		return "the session " + s.Session
	default:
		return "another display"
	}
}
