package tray

import (
	"strings"
	"time"
	"unicode"

	"vastrelay/app/config"
	"vastrelay/app/kinds"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Command says what a click on an item asks for.
type Command string

// The commands.
const (
	CommandNone        Command = "" // the item cannot be clicked
	CommandOpen        Command = "open"
	CommandStart       Command = "start"
	CommandPause       Command = "pause"
	CommandResume      Command = "resume"
	CommandEvent       Command = "event" // opens the event named by Item.EventID
	CommandCopyAddress Command = "copy_address"
	CommandSendTest    Command = "send_test"
	CommandMute        Command = "mute"   // keeps notifications of the desktop back for a while
	CommandUnmute      Command = "unmute" // shows them again
	CommandSettings    Command = "settings"
	CommandQuit        Command = "quit"
)

// Item is one line of the menu. A zero Item is a separator.
type Item struct {
	Label   string // plain text as a person reads it, without access keys
	Command Command
	EventID string // for CommandEvent
}

// Separator reports whether i is a line between groups.
func (i Item) Separator() bool { return i.Label == "" }

// Events is what the tray tells of events.
type Events struct {
	Recent []relay.Summary // the newest, newest first
	Unread int             // how many nobody has read
}

// Menu is everything that the tray shows.
type Menu struct {
	Title string // of the icon, where the desktop shows one
	Icon  string // the name of the picture to show: that of a phase, or retrying
	Items []Item // the state line first, quit last

	// RenewAt is when the text stops being true although nothing has happened;
	// zero when that will not be.
	RenewAt time.Time
}

// Title is the title of the icon while no event is unread.
const Title = "Vast Relay"

const (
	maxRecent     = 5  // events in the menu
	maxTitleRunes = 48 // of an event's title, the cut mark included
	maxStateRunes = 80 // of the state line
)

// Render returns the menu for status s and the notifications n that the desktop shows.
// Of the newest events those beyond the fifth are left out. now gives the time of day and the time zone in which times are shown.
func Render(s status.Status, n config.Notifications, e Events, now time.Time) Menu {
	c := clock{now: now}
	m := Menu{Icon: iconName(s), Title: Title}
	open := words.Text("tray.item.open")
	if unread := status.Unread(e.Unread); unread != "" {
		m.Title = words.Text("window.title_unread", words.Args{"Title": Title, "Unread": unread})
		open = words.Text("tray.item.open_unread", words.Args{"Unread": unread})
	}
	m.add(Item{Label: cut(stateLine(s, &c), maxStateRunes)})
	m.add(Item{Label: open, Command: CommandOpen})
	m.separate()
	switch {
	case s.Phase == status.Setup:
	case s.Phase == status.Stopped:
		m.add(Item{Label: words.Text("tray.item.start"), Command: CommandStart})
	case s.Holds():
		m.add(Item{Label: words.Text("tray.item.resume"), Command: CommandResume})
	default:
		m.add(Item{Label: words.Text("tray.item.pause"), Command: CommandPause})
	}
	for _, event := range e.Recent[:min(len(e.Recent), maxRecent)] {
		m.add(eventItem(event, &c))
	}
	m.separate()
	if s.Address != "" {
		m.add(Item{Label: words.Text("tray.item.copy_address"), Command: CommandCopyAddress})
	}
	if testable(s) {
		m.add(Item{Label: words.Text("tray.item.send_test"), Command: CommandSendTest})
	}
	if !n.Off && s.Phase != status.Setup {
		m.add(muteItem(n, &c))
	}
	m.add(Item{Label: words.Text("tray.item.settings"), Command: CommandSettings})
	m.add(Item{Label: words.Text("tray.item.quit"), Command: CommandQuit})
	m.RenewAt = c.renewAt()
	return m
}

// muteItem mutes notifications, or says until when they are muted and ends that.
func muteItem(n config.Notifications, c *clock) Item {
	if !n.Muted(c.now) {
		return Item{Label: words.Text("tray.item.mute"), Command: CommandMute}
	}
	c.endsAt(n.MutedUntil)
	return Item{Label: words.Text("tray.item.unmute", words.Args{"Time": c.at(n.MutedUntil)}), Command: CommandUnmute}
}

func (m *Menu) add(i Item) { m.Items = append(m.Items, i) }

// separate ends a group, unless the group is empty.
func (m *Menu) separate() {
	if n := len(m.Items); n > 0 && !m.Items[n-1].Separator() {
		m.add(Item{})
	}
}

// retrying is the picture of trouble that mends itself.
const retrying = "retrying"

// iconName is the name of the picture for s. Trouble that needs a person differs by shape
// and colour from trouble that is tried again by itself.
func iconName(s status.Status) string {
	if s.Phase == status.Attention && !s.NeedsPerson() {
		return retrying
	}
	return string(s.Phase)
}

// stateLine says in one line what the header of the main window says.
func stateLine(s status.Status, c *clock) string {
	state := clean(s.Line().Text())
	switch {
	case s.Phase == status.Relaying && s.LastEvent.IsZero():
		return words.Text("tray.state.no_event", words.Args{"State": state})
	case s.Phase == status.Relaying:
		return words.Text("tray.state.last_event", words.Args{"State": state, "Time": c.at(s.LastEvent)})
	case s.Phase == status.Paused && s.Waiting > 0:
		return words.Text("tray.state.held", words.Args{"State": state, "Held": s.Waiting})
	default:
		return state
	}
}

func eventItem(e relay.Summary, c *clock) Item {
	title := clean(kinds.RowTitle(e).Text())
	if title == "" {
		title = words.Text("tray.event.untitled")
	}
	title = cut(title, maxTitleRunes)
	item := Item{Command: CommandEvent, EventID: e.ID}
	if e.Fate == relay.FateFailed {
		item.Label = words.Text("tray.event.not_posted", words.Args{"Title": title, "Time": c.at(e.ReceivedAt)})
	} else {
		item.Label = words.Text("tray.event.posted", words.Args{"Title": title, "Time": c.at(e.ReceivedAt)})
	}
	return item
}

// testable reports whether Vast.ai can be asked for a test: only where it has
// an address to send it to.
func testable(s status.Status) bool {
	switch s.Phase {
	case status.Relaying, status.Paused, status.Attention:
		return s.Address != ""
	default:
		return false
	}
}

// clean makes one line of remote text: no control or formatting characters
// (which could hide or reorder text), white space collapsed.
func clean(text string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		default:
			return r
		}
	}, relay.CleanText(text))
	return strings.Join(strings.Fields(visible), " ")
}

// cut shortens text to at most limit runes, ending in a visible mark.
func cut(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return strings.TrimRight(string(runes[:limit-1]), " ") + "…"
}
