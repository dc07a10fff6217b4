package ui

import (
	"slices"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// maxBubbles is how many messages of the demo's space are drawn.
const maxBubbles = 40

// spacePane shows the demo's Google Chat space, newest message at the bottom.
type spacePane struct {
	ui       *UI
	messages *fyne.Container
	scroll   *container.Scroll
	send     *kit.Button
	said     *fyne.Container
	drawn    []status.DemoMessage
	away     bool // the person has scrolled up to older messages
	box      *fyne.Container
}

func newSpacePane(u *UI) *spacePane {
	p := &spacePane{ui: u, messages: container.NewVBox(), said: container.NewVBox()}
	p.scroll = container.NewVScroll(kit.BesideScrollBar(p.messages))
	p.scroll.OnScrolled = func(at fyne.Position) {
		p.away = at.Y < p.scroll.Content.MinSize().Height-p.scroll.Size().Height-1
	}
	p.send = kit.PrimaryButton(words.Text("window.demo.send"), p.sendEvent)
	note := kit.SmallLabel(words.Text("window.demo.note"))
	foot := container.NewVBox(p.said, kit.Border(nil, nil, container.NewHBox(p.send), nil, note))
	p.box = kit.Border(nil, foot, nil, nil, container.New(&followLayout{p}, p.scroll))
	p.update(nil)
	return p
}

// update draws the messages, if there are others than before.
func (p *spacePane) update(messages []status.DemoMessage) {
	if len(messages) > maxBubbles {
		messages = messages[len(messages)-maxBubbles:]
	}
	if len(p.messages.Objects) > 0 && slices.Equal(messages, p.drawn) {
		return
	}
	p.drawn = slices.Clone(messages)
	p.messages.Objects = nil
	if len(messages) == 0 {
		p.messages.Add(kit.SmallLabel(words.Text("window.demo.empty")))
	}
	for _, m := range messages {
		p.messages.Add(p.bubble(m))
	}
	p.messages.Refresh()
	p.follow()
}

// follow shows the newest message, unless the person reads older ones.
func (p *spacePane) follow() {
	if !p.away {
		p.scroll.ScrollToBottom()
		p.away = false
	}
}

// followLayout gives the messages all the room there is, and keeps the newest in
// view when the room changes.
type followLayout struct{ p *spacePane }

// Layout places the messages.
func (l *followLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	away := l.p.away // Placing them scrolls as well.
	for _, o := range objects {
		o.Resize(size)
	}
	l.p.away = away
	l.p.follow()
}

// MinSize is that of the scroll.
func (l *followLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (p *spacePane) bubble(m status.DemoMessage) fyne.CanvasObject {
	head := kit.SmallLine("Vast Relay · " + kit.ClockMinutes(p.ui.env.Now(), m.At))
	lines := kit.Stack(head)
	if m.Title != "" {
		lines.Add(kit.WrappedBoldLabel(kit.OneLine(m.Title, kit.MaxLine)))
	}
	if m.Text != "" {
		lines.Add(kit.WrappedLabel(kit.Block(m.Text, kit.MaxBlock)))
	}
	return kit.NewSurface(lines)
}

// sendEvent makes the demo's Vast.ai send one more event.
func (p *spacePane) sendEvent() {
	p.send.Disable()
	p.ui.env.Work.Do(p.ui.parts.Demo.SendDemoEvent, func(err error) {
		p.send.Enable()
		p.said.Objects = nil
		if err != nil {
			p.said.Objects = []fyne.CanvasObject{p.ui.env.ProblemPanel(kit.ProblemOf(words.Text("failed.send_event"), err))}
		}
		p.box.Refresh()
	})
}
