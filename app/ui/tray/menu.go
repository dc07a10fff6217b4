package tray

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"vastrelay/app/bridge"
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

// Menu is everything that the tray shows.
type Menu struct {
	Icon  bridge.Phase // whose icon to show
	Items []Item       // the state line first, quit last

	// RenewAt is when the text stops being true although nothing has happened;
	// zero when that will not be.
	RenewAt time.Time
}

const (
	maxRecent     = 5  // events in the menu
	maxTitleRunes = 48 // of an event's title, the cut mark included
	maxStateRunes = 80 // of the state line
)

// Render returns the menu for status s. recent holds the newest events, newest
// first; those beyond the fifth are left out. now gives the time of day and the
// time zone in which times are shown.
func Render(s bridge.Status, recent []relay.Summary, now time.Time) Menu {
	c := clock{now: now}
	m := Menu{Icon: s.Phase}
	m.add(Item{Label: cut(stateLine(s, &c), maxStateRunes)})
	m.add(Item{Label: "Open Vast Relay", Command: CommandOpen})
	m.separate()
	switch s.Phase {
	case bridge.PhaseStarting, bridge.PhaseRelaying, bridge.PhaseStandby, bridge.PhaseAttention:
		m.add(Item{Label: "Pause relaying", Command: CommandPause})
	case bridge.PhasePaused:
		m.add(Item{Label: "Resume", Command: CommandResume})
	case bridge.PhaseStopped:
		m.add(Item{Label: "Start relaying", Command: CommandStart})
	}
	for _, event := range recent[:min(len(recent), maxRecent)] {
		m.add(eventItem(event, &c))
	}
	m.separate()
	if s.Address != "" {
		m.add(Item{Label: "Copy address", Command: CommandCopyAddress})
	}
	if testable(s) {
		m.add(Item{Label: "Send test from Vast.ai", Command: CommandSendTest})
	}
	m.add(Item{Label: "Settings…", Command: CommandSettings})
	m.add(Item{Label: "Quit and stop relaying", Command: CommandQuit})
	m.RenewAt = c.renewAt()
	return m
}

func (m *Menu) add(i Item) { m.Items = append(m.Items, i) }

// separate ends a group, unless the group is empty.
func (m *Menu) separate() {
	if n := len(m.Items); n > 0 && !m.Items[n-1].Separator() {
		m.add(Item{})
	}
}

// stateLine says in one line what is the case.
func stateLine(s bridge.Status, c *clock) string {
	switch s.Phase {
	case bridge.PhaseSetup:
		return "Not set up yet"
	case bridge.PhaseStarting:
		return "Connecting…"
	case bridge.PhaseRelaying:
		if s.LastEvent.IsZero() {
			return "Relaying · no event yet"
		}
		return "Relaying · last event " + c.at(s.LastEvent)
	case bridge.PhasePaused:
		return pausedLine(s, c)
	case bridge.PhaseStandby:
		return "Standing by: another computer is relaying"
	case bridge.PhaseStopped:
		return "Stopped"
	}
	if headline := clean(s.Headline); headline != "" {
		return headline
	}
	return "Needs attention"
}

func pausedLine(s bridge.Status, c *clock) string {
	line := "Paused"
	if !s.PausedUntil.IsZero() {
		line += " until " + c.at(s.PausedUntil)
	}
	if s.Waiting > 0 {
		line += fmt.Sprintf(" · %d held", s.Waiting)
	}
	return line
}

func eventItem(e relay.Summary, c *clock) Item {
	title := clean(relay.ShortTitle(e.Title))
	if title == "" {
		title = "Vast.ai notification"
	}
	label := cut(title, maxTitleRunes) + " · " + c.at(e.ReceivedAt)
	if e.Fate == relay.FateFailed {
		label += " · not posted"
	}
	return Item{Label: label, Command: CommandEvent, EventID: e.ID}
}

// testable reports whether Vast.ai can be asked for a test: only where it has
// an address to send it to.
func testable(s bridge.Status) bool {
	switch s.Phase {
	case bridge.PhaseRelaying, bridge.PhasePaused, bridge.PhaseAttention:
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
