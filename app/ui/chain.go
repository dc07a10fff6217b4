package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
)

// link is one word of the chain, with the hops that it stands for.
type link struct {
	word string
	hops []bridge.HopName
}

// links is the way of an event in four words.
func links() []link {
	return []link{
		{"Vast.ai", []bridge.HopName{bridge.HopVast, bridge.HopWebhook}},
		{"Address", []bridge.HopName{bridge.HopAddress}},
		{"Relay", []bridge.HopName{bridge.HopKeyring}},
		{"Chat", []bridge.HopName{bridge.HopChat}},
	}
}

// chain shows the way of an event as words with marks; each opens its cause.
type chain struct {
	box     *fyne.Container
	buttons []*pushButton
}

func newChain(open func(link)) *chain {
	c := &chain{box: container.New(layout.NewCustomPaddedHBoxLayout(0))}
	for i, l := range links() {
		if i > 0 {
			c.box.Add(connector())
		}
		b := plain(l.word, hopMark(bridge.HopIdle), func() { open(l) })
		b.IconPlacement = widget.ButtonIconTrailingText
		c.buttons = append(c.buttons, b)
		c.box.Add(b)
	}
	return c
}

// connector is the short line between two words.
func connector() fyne.CanvasObject {
	return container.NewVBox(spacer(), atLeast(22, 1, widget.NewSeparator()), spacer())
}

// update sets the marks from s.
func (c *chain) update(s bridge.Status) {
	for i, l := range links() {
		state := worst(s, l.hops)
		b := c.buttons[i]
		b.Importance = widget.LowImportance
		if state == bridge.HopFailing {
			b.Importance = widget.DangerImportance
		}
		b.Icon = hopMark(state)
		if s.Phase == bridge.PhasePaused && l.word == "Relay" && state == bridge.HopOK {
			b.Icon = mark("hop-paused", shapeBars, theme.ColorNameForeground)
		}
		b.Refresh()
	}
	c.box.Refresh()
}

// worst returns the state among the hops of those names that matters most.
func worst(s bridge.Status, names []bridge.HopName) bridge.HopState {
	rank := map[bridge.HopState]int{
		bridge.HopOK: 1, bridge.HopUntested: 2, bridge.HopIdle: 3,
		bridge.HopWorking: 4, bridge.HopMissing: 5, bridge.HopFailing: 6,
	}
	most := bridge.HopOK
	for _, name := range names {
		state := s.Hop(name).State
		if state == "" {
			state = bridge.HopIdle
		}
		if rank[state] > rank[most] {
			most = state
		}
	}
	return most
}

// hopTitle names a hop for its panel.
func hopTitle(name bridge.HopName) string {
	switch name {
	case bridge.HopKeyring:
		return "Keyring"
	case bridge.HopVast:
		return "Vast.ai API key"
	case bridge.HopAddress:
		return "Public address"
	case bridge.HopWebhook:
		return "Webhook at Vast.ai"
	case bridge.HopChat:
		return "Google Chat"
	default:
		return string(name)
	}
}

// hopWord says a hop's state in words.
func hopWord(s bridge.HopState) string {
	switch s {
	case bridge.HopOK:
		return "works"
	case bridge.HopWorking:
		return "being brought up"
	case bridge.HopFailing:
		return "does not work"
	case bridge.HopMissing:
		return "not set up"
	case bridge.HopUntested:
		return "not proven yet"
	default:
		return "not looked at yet"
	}
}

// hopPanel explains the hops behind one word of the chain.
func (u *UI) hopPanel(s bridge.Status, l link) fyne.CanvasObject {
	box := container.NewVBox()
	for _, name := range l.hops {
		h := s.Hop(name)
		title := hopTitle(name) + ": " + hopWord(h.State)
		switch h.State {
		case bridge.HopFailing:
			box.Add(u.problemLines(bridge.Problem{Headline: strings.TrimSuffix(h.Detail, "."), Cause: h.Next, Details: h.Code, Action: h.Action}))
			continue
		case bridge.HopMissing:
			box.Add(u.problemLines(bridge.Problem{Headline: title, Cause: h.Detail, Next: h.Next, Details: h.Code, Action: h.Action}))
			continue
		}
		since := ""
		if !h.Since.IsZero() && h.State == bridge.HopOK {
			since = "since " + relative(u.o.Now(), h.Since)
		}
		text := stack(wrapped(title))
		if more := joined(block(h.Detail, maxLine), since); more != "" {
			text.Add(secondary(more))
		}
		box.Add(lead(widget.NewIcon(hopMark(h.State)), text))
	}
	return box
}
