package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/relay"
)

// ChatMessage draws p the way Google Chat does. The buttons of a card are shown
// and cannot be pressed: that is for Chat.
func ChatMessage(p relay.Preview) fyne.CanvasObject {
	if p.Title == "" {
		return NewSurface(chatParagraph(p.Text))
	}
	head := Stack(WrappedBoldLabel(OneLine(withoutMark(p.Text), MaxLine)))
	head.Add(SmallLabel(Joined(OneLine(withoutMark(p.Title), MaxLine), OneLine(p.Subtitle, MaxLine))))
	lines := container.NewVBox(head)
	var facts *fyne.Container // the facts that follow each other
	for _, l := range p.Lines {
		if l.Label == "" {
			lines.Add(chatParagraph(l.Text))
			facts = nil
			continue
		}
		if facts == nil {
			facts = Stack()
			lines.Add(facts)
		}
		facts.Add(SmallLabel(Joined(OneLine(l.Label, MaxLine), OneLine(l.Text, MaxLine))))
	}
	buttons := container.NewHBox()
	for _, label := range p.Buttons {
		b := TextButton(OneLine(label, MaxLine), nil)
		b.Disable()
		buttons.Add(b)
	}
	if len(buttons.Objects) > 0 {
		lines.Add(buttons)
	}
	return NewSurface(lines)
}

// chatParagraph is a text of a message, to be selected and copied.
func chatParagraph(text string) fyne.CanvasObject {
	l := NewSelectableLabel(Block(text, MaxBlock))
	l.Wrapping = fyne.TextWrapWord
	return l
}

// withoutMark cuts off the coloured sign at the beginning of a title, for which the
// font of the window has no shape.
func withoutMark(title string) string {
	if r, size := utf8.DecodeRuneInString(title); r >= 0x1f000 && unicode.Is(unicode.So, r) {
		return strings.TrimSpace(title[size:])
	}
	return title
}
