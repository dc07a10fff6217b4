package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/relay"
)

// chatBubble shows ev the way it reads in Chat in that form.
func (u *UI) chatBubble(ev relay.Event, form config.Form) fyne.CanvasObject {
	if form != config.FormText {
		return u.chatCard(ev)
	}
	text := newCopyLabel(block(u.o.ChatText(ev), maxBlock))
	text.Wrapping = fyne.TextWrapWord
	return newSurface(text)
}

// chatCard shows the parts of a card: title, kind, message, and what is known
// of the event. Its button is left out, because this is no place to press it.
func (u *UI) chatCard(ev relay.Event) fyne.CanvasObject {
	head := stack(wrapBold(oneLine(ev.Title(), maxLine)))
	kind := oneLine(relay.TypeWords(ev.Type), 60)
	if ev.Context == relay.ContextHost {
		kind = joined(kind, "hosting")
	}
	if kind != "" {
		head.Add(secondary(kind))
	}
	lines := container.NewVBox(head)
	message := ev.Message
	if message == "" {
		message = string(ev.Payload)
	}
	if message = block(message, maxBlock); message != "" {
		text := newCopyLabel(message)
		text.Wrapping = fyne.TextWrapWord
		lines.Add(text)
	}
	facts := stack()
	word, at := "When", ev.OccurredAt
	if at.IsZero() {
		word, at = "Received", ev.ReceivedAt
	}
	if !at.IsZero() {
		facts.Add(secondary(joined(word, exact(u.env.now(), at))))
	}
	if ev.ID != "" {
		facts.Add(secondary(joined("Event", oneLine(ev.ID, 80))))
	}
	lines.Add(facts)
	return newSurface(lines)
}

// sampleEvent is the event that previews show.
func sampleEvent(now time.Time) relay.Event {
	return relay.Event{
		ID: "2f9c61", Context: relay.ContextClient, Type: "outbid", OccurredAt: now,
		Subject: "Your Interruptible Instance #48926820 Has Been Outbid",
		Message: "Someone bid 0.42 on instance 48926820; your bid is 0.30. The instance is paused until you raise it.",
	}
}
