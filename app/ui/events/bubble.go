package events

import (
	"time"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/relay"
)

// Preview shows ev the way it reads in Chat in that form, as seen at now.
func Preview(now time.Time, ev relay.Event, form config.Form) fyne.CanvasObject {
	if form != config.FormText {
		return chatCard(now, ev)
	}
	text := kit.NewSelectableLabel(kit.Block(plainChatText(ev), kit.MaxBlock))
	text.Wrapping = fyne.TextWrapWord
	return kit.NewSurface(text)
}

// chatCard shows the parts of a card: title, kind, message, and what is known
// of the event. Its button is left out, because this is no place to press it.
func chatCard(now time.Time, ev relay.Event) fyne.CanvasObject {
	head := kit.Stack(kit.WrappedBoldLabel(kit.OneLine(ev.Title(), kit.MaxLine)))
	kind := kit.OneLine(relay.TypeWords(ev.Type), 60)
	if ev.Role == relay.RoleHost {
		kind = kit.Joined(kind, "hosting")
	}
	if kind != "" {
		head.Add(kit.SmallLabel(kind))
	}
	lines := container.NewVBox(head)
	message := ev.Message
	if message == "" {
		message = string(ev.Payload)
	}
	if message = kit.Block(message, kit.MaxBlock); message != "" {
		text := kit.NewSelectableLabel(message)
		text.Wrapping = fyne.TextWrapWord
		lines.Add(text)
	}
	facts := kit.Stack()
	word, at := "When", ev.OccurredAt
	if at.IsZero() {
		word, at = "Received", ev.ReceivedAt
	}
	if !at.IsZero() {
		facts.Add(kit.SmallLabel(kit.Joined(word, kit.Exact(now, at))))
	}
	if ev.ID != "" {
		facts.Add(kit.SmallLabel(kit.Joined("Event", kit.OneLine(ev.ID, 80))))
	}
	lines.Add(facts)
	return kit.NewSurface(lines)
}
