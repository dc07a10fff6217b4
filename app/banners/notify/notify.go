package notify

import "errors"

// ErrNoService means that nothing on this desktop shows notifications.
var ErrNoService = errors.New("no notification service")

// Urgency is how much a notification presses. Its values are those of
// https://specifications.freedesktop.org/notification-spec/latest/urgency-levels.html .
type Urgency byte

// The urgencies.
const (
	Low      Urgency = 0
	Normal   Urgency = 1
	Critical Urgency = 2 // stays until a person has closed it
)

// Notification is what the desktop is to show.
type Notification struct {
	// Slot names its place: where the system can, it replaces the one of the same slot
	// that is still there. Empty: it stands by itself.
	Slot    string
	Title   string
	Body    string // plain text; may have more than one line
	Urgency Urgency

	// Open is called after a click on the notification, Closed after a person has
	// closed or clicked it, unless they are nil. Both must return fast.
	Open    func()
	Closed  func()
	Buttons []Button
}

// Button is a button of a notification, for systems that have them.
type Button struct {
	Label string
	Press func() // called after a click; must return fast
}

// Support is what the desktop can do.
type Support struct {
	Works   bool   // something shows notifications
	Service string // its name, as it calls itself; may be empty
	Clicks  bool   // clicks are told
}

// Options are how the program introduces itself.
type Options struct {
	Name  string        // of the program, for people
	ID    string        // of its desktop entry, without ".desktop"
	Label func() string // what a click on the notification does, for those who hear it read
	Icon  func() []byte // a square PNG; nil: none
}
