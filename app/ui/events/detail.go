package events

import (
	"errors"
	"reflect"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/kinds"
	"vastrelay/app/replay"
	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// What the payload's box shows at most; Copy as JSON has all of it.
const (
	payloadBytes   = 32 << 10
	payloadLines   = 400
	payloadColumns = 1000 // of one line before it is wrapped
)

// detailPane is the right side: everything that is known of one event.
type detailPane struct {
	v     *View
	box   *fyne.Container
	shown relay.Detail
	id    string // the event asked for
	drawn bool   // shown is what the pane shows
	under conditions
	when  *widget.Label // how long ago it came

	route *typeRoute            // of the type of shown; nil where it has none
	again *postAgain            // what can be done with shown; nil before the first
	busy  map[string]*postAgain // those under way, by event: a person may look elsewhere meanwhile
}

// conditions are what an event reads differently under.
type conditions struct {
	paused bool
	form   relay.Rung
}

func (p *detailPane) conditions() conditions {
	return conditions{p.v.deps.Status().Holds(), p.v.deps.Form()}
}

func newDetailPane(v *View) *detailPane {
	p := &detailPane{v: v, box: container.NewStack(), busy: make(map[string]*postAgain)}
	p.nothing(words.Text("events.detail.none"))
	return p
}

// nothing fills the pane with one line.
func (p *detailPane) nothing(text string) {
	line := kit.WrappedLabel(text)
	line.Alignment = fyne.TextAlignCenter
	line.Importance = widget.LowImportance
	p.set(container.NewVBox(kit.Spacer(), line, kit.Spacer()))
	p.drawn = false
}

func (p *detailPane) set(o fyne.CanvasObject) {
	p.box.Objects = []fyne.CanvasObject{o}
	p.box.Refresh()
}

// loading prepares the pane for another event. What it shows stays until the
// new event is there, unless that takes long enough to be noticed.
func (p *detailPane) loading(id string) {
	if p.id == id {
		return
	}
	p.id = id
	p.v.deps.Work.After(kit.Noticeable, func() {
		if p.id == id && (!p.drawn || p.shown.Event.ID != id) {
			p.nothing(words.Text("events.detail.reading"))
		}
	})
}

// show draws d, or why it could not be read.
func (p *detailPane) show(d relay.Detail, err error) {
	switch {
	case errors.Is(err, relay.ErrNotFound):
		p.nothing(words.Text("events.detail.gone"))
		p.id = ""
	case err != nil:
		p.set(container.NewVBox(p.v.deps.ProblemPanel(kit.ProblemOf(words.Text("failed.read_event"), err))))
		p.drawn = false
	case p.drawn && p.under == p.conditions() && reflect.DeepEqual(d, p.shown):
	default:
		p.keepScroll(d)
	}
}

// drawStatus draws the event anew where it reads differently by now.
func (p *detailPane) drawStatus() {
	if p.drawn && p.route != nil {
		p.route.arrange()
	}
	if p.drawn && p.under != p.conditions() {
		p.keepScroll(p.shown)
	}
}

// keepScroll draws d and, if it is the event that was shown, stays where the
// person had scrolled to.
func (p *detailPane) keepScroll(d relay.Detail) {
	var at fyne.Position
	if old, ok := p.box.Objects[0].(*container.Scroll); ok && p.drawn && p.shown.Event.ID == d.Event.ID {
		at = old.Offset
	}
	p.shown, p.id, p.drawn, p.under = d, d.Event.ID, true, p.conditions()
	p.again = p.againFor(d)
	scroll := container.NewVScroll(kit.BesideScrollBar(p.content(d)))
	p.set(scroll)
	scroll.ScrollToOffset(at)
}

// content is the whole pane for d.
func (p *detailPane) content(d relay.Detail) fyne.CanvasObject {
	now := p.v.deps.Now()
	title := kit.WrappedBoldLabel(kit.OneLine(kinds.Title(d.Event).Text(), kit.MaxLine))
	title.SizeName = kit.SizeTitle
	state := kit.Label(kit.OneLine(timeline.Fate(d.Fate, p.under.paused), kit.MaxLine))
	state.TextStyle.Bold = true
	mayRepeat := false
	for _, post := range d.Posts {
		mayRepeat = mayRepeat || post.Post.MayRepeat
	}
	p.when = kit.SmallLabel("")
	p.tick()
	fate := kit.WithIcon(widget.NewIcon(fateMark(d.Fate, p.under.paused)), state)
	said := kit.Stack(title, fate, p.when, kit.SmallLabel(originWords(d)))
	if p.under.paused && d.Fate == relay.FateWaiting {
		said.Add(kit.SmallLabel(words.Text("events.detail.held")))
	}
	if mayRepeat {
		said.Add(kit.SmallLabel(words.Text("events.detail.may_repeat")))
	}
	box := container.NewVBox(said, p.again.box)
	box.Add(kit.SectionHeading(words.Text("events.detail.chat")))
	box.Add(kit.ChatMessage(p.v.deps.Preview(d.Event, formOf(d, p.under.form))))
	if route := p.routeFor(d.Event); route != nil {
		box.Add(route.box)
	}
	box.Add(kit.SectionHeading(words.Text("events.detail.timeline")))
	box.Add(moments(now, d))
	box.Add(p.payloadHead(d))
	box.Add(p.payload(d.Event))
	return box
}

// formOf is the form in which Chat shows the event: the one that was posted last,
// else the one in which it would be posted now.
func formOf(d relay.Detail, now relay.Rung) relay.Rung {
	form := now
	for _, post := range d.Posts {
		for _, a := range post.Attempts {
			if a.Result.Outcome.Delivered() {
				form = a.Rung
			}
		}
	}
	return form
}

// tick brings the age of the event up to date.
func (p *detailPane) tick() {
	if p.drawn {
		now, at := p.v.deps.Now(), p.shown.Event.ReceivedAt
		ev := p.shown.Event
		p.when.SetText(kit.Joined(kit.Relative(now, at), kit.Exact(now, at), severityWords(ev.Role, ev.Type)))
	}
}

// payloadHead is the heading over the payload with the copy button.
func (p *detailPane) payloadHead(d relay.Detail) fyne.CanvasObject {
	buttons := kit.ButtonRow(p.v.deps.CopyButton(words.Text("events.detail.copy"), func() string { return detailJSON(d) }))
	if !d.Event.Own() && !d.Event.CaughtUp { // which were never delivered
		shell := replay.ShellOf(p.v.deps.OS)
		buttons.Add(p.v.deps.CopyButton(commandLabel(shell), func() string {
			return replay.Command(shell, d.Event, replay.Secret(), p.v.deps.Now())
		}))
	}
	return container.NewVBox(kit.SectionHeading(words.Text("events.detail.payload")), buttons)
}

// commandLabel is the text of the button that copies a command for shell.
func commandLabel(shell replay.Shell) string {
	if shell == replay.PowerShell {
		return words.Text("events.detail.copy_powershell")
	}
	return words.Text("events.detail.copy_curl")
}

// payload shows the body that Vast.ai signed, readable and within bounds.
// The id of the event is part of what Vast.ai sends; it is said where it is not.
func (p *detailPane) payload(ev relay.Event) fyne.CanvasObject {
	text, whole := payloadText(ev.Payload)
	label := kit.NewSelectableLabel(text)
	label.TextStyle.Monospace = true
	label.SizeName = kit.SizeSmall
	label.Wrapping = fyne.TextWrapBreak
	box := container.NewVBox()
	if head := headerText(ev.Headers); head != "" {
		fields := kit.NewSelectableLabel(head)
		fields.TextStyle.Monospace, fields.SizeName, fields.Importance, fields.Wrapping = true, kit.SizeSmall, widget.LowImportance, fyne.TextWrapBreak
		box.Add(fields)
	}
	box.Add(label)
	if !strings.Contains(text, ev.ID) {
		box.Add(kit.SmallLabel(words.Text("events.detail.event_id", words.Args{"ID": kit.OneLine(ev.ID, kit.MaxLine)})))
	}
	if !whole {
		box.Add(kit.SmallLabel(words.Text("events.detail.payload_cut")))
	}
	return kit.NewSurface(box)
}

// originWords says where an event comes from.
func originWords(d relay.Detail) string {
	switch {
	case d.Event.Own():
		return words.Text("events.detail.own")
	case d.Event.CaughtUp:
		return words.Text("events.detail.caught_up")
	default:
		return verdictWords(d.Verdict)
	}
}

// verdictWords says what the receiver made of the delivery.
func verdictWords(v relay.Verdict) string {
	switch v {
	case relay.Accepted:
		return words.Text("events.detail.accepted")
	case relay.Recorded:
		return words.Text("events.detail.recorded")
	case relay.Late:
		return words.Text("events.detail.late")
	case relay.Unreadable:
		return words.Text("events.detail.unreadable")
	default:
		return kit.OneLine(string(v), kit.MaxLine)
	}
}
