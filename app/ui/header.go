package ui

import (
	"strings"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// header is the top of the main window: one sentence of state, one of cause,
// the button that helps, the chain, the address and the last 24 hours.
type header struct {
	w *mainWindow

	icon     *widget.Icon
	headline *widget.Label
	cause    *widget.Label
	mend     *mendButton

	pause    *kit.Button
	test     *kit.Button
	settings *kit.Button

	chain   *chain
	address *addressLine

	notes *widget.Label   // overrides in force
	demo  *fyne.Container // the banner of the demo
	box   *fyne.Container
}

// phaseSide is the side of the mark before the sentence of state.
const phaseSide = 26

func newHeader(w *mainWindow) *header {
	h := &header{w: w, icon: widget.NewIcon(phaseMark("")), headline: kit.BoldLabel(""), cause: kit.SmallLabel("")}
	h.headline.SizeName = kit.SizeTitle
	h.headline.Wrapping = fyne.TextWrapWord
	h.mend = newMendButton(w.ui.act)
	h.pause = kit.NewButton(words.Text("window.pause"), theme.MenuDropDownIcon(), h.pauseTapped)
	h.pause.IconPlacement = widget.ButtonIconTrailingText
	h.test = kit.NewButton(words.Text("window.send_test"), theme.MenuDropDownIcon(), h.testTapped)
	h.test.IconPlacement = widget.ButtonIconTrailingText
	h.settings = kit.NewButton(words.Text("window.settings"), theme.SettingsIcon(), func() { w.ui.ShowSettings("") })

	h.chain = newChain(w.answers.openLink)
	h.address = newAddressLine(w.ui.env, h.chain.box)

	h.notes = kit.SmallLabel("")
	h.demo = container.NewStack(kit.NewBand(kit.SmallLabel(words.Text("window.demo.banner"))))

	phase := kit.CenterOnLine(h.icon, phaseSide, theme.Size(kit.SizeTitle))
	buttons := container.NewVBox(container.NewHBox(h.pause, h.test, h.settings))
	// The cause is pulled up to its headline; the buttons of the two rows are not.
	cause := container.New(layout.NewCustomPaddedLayout(kit.Tight-theme.Padding(), 0, 0, 0), h.cause)
	words := container.NewVBox(
		kit.Border(nil, nil, nil, buttons, h.headline),
		kit.Border(nil, nil, nil, container.NewHBox(w.events.Activity(), h.mend.box), cause),
	)
	top := kit.Border(nil, nil, phase, nil, words)
	h.box = container.NewVBox(h.demo, top, h.address.row, h.notes)
	return h
}

// update draws s.
func (h *header) update(s status.Status) {
	h.icon.SetResource(phaseMark(s.Phase))
	h.headline.SetText(strings.TrimSuffix(kit.OneLine(s.Headline.Text(), kit.MaxLine), ".")) // It is a title, whoever worded it.
	h.cause.SetText(kit.Block(s.Cause.Text(), kit.MaxLine))
	setUp, missing := h.w.setUp, s.Phase == status.Setup

	// What ends a pause stands where the pause began.
	h.mend.offer(s.Action, s.Action != health.ActionResume && !(setUp && missing))
	h.pause.SetText(words.Text("window.pause"))
	h.pause.SetIcon(theme.MenuDropDownIcon())
	h.pause.Importance = widget.MediumImportance
	if s.Phase == status.Paused {
		h.pause.SetText(words.Text("window.resume"))
		h.pause.SetIcon(nil)
		h.pause.Importance = widget.HighImportance
	}
	h.pause.Refresh()
	kit.ShowIf(h.pause, !setUp && s.Phase != status.Stopped)
	kit.ShowIf(h.test, !setUp)

	h.chain.update(s)
	h.address.show(s.Address)
	kit.ShowIf(h.address.row, !(setUp && missing))

	names := make([]string, 0, len(s.Overrides))
	for _, o := range s.Overrides {
		names = append(names, kit.OneLine(o, kit.MaxLine))
	}
	h.notes.SetText(words.Text("window.overrides", words.Args{"Names": strings.Join(names, ", ")}))
	kit.ShowIf(h.notes, len(names) > 0)
	kit.ShowIf(h.demo, s.Demo)
	h.box.Refresh()
}

// offers reports whether the button that helps is that of a.
func (h *header) offers(a health.Action) bool { return h.mend.shown() && h.mend.action == a }

// busy is called while a test runs, so that none is started on top of it.
func (h *header) busy(yes bool) {
	if yes {
		h.test.Disable()
	} else {
		h.test.Enable()
	}
}

func (h *header) pauseTapped() {
	if h.w.status.Phase == status.Paused {
		h.w.answers.askResume()
		return
	}
	h.menu(h.pause,
		fyne.NewMenuItem(words.Text("window.pause_hour"), func() { h.w.answers.pause(h.w.ui.env.Now().Add(time.Hour)) }),
		fyne.NewMenuItem(words.Text("window.pause_morning"), func() { h.w.answers.pause(nextMorning(h.w.ui.env.Now())) }),
		fyne.NewMenuItem(words.Text("window.pause_open"), func() { h.w.answers.pause(time.Time{}) }),
	)
}

func (h *header) testTapped() {
	h.menu(h.test,
		fyne.NewMenuItem(testFromVast.title(), func() { h.w.answers.runTest(testFromVast) }),
		fyne.NewMenuItem(testToChat.title(), func() { h.w.answers.runTest(testToChat) }),
		fyne.NewMenuItem(words.Text("doctor.title"), h.w.answers.checkEverything),
	)
}

// menu drops a menu from a button.
func (h *header) menu(from *kit.Button, items ...*fyne.MenuItem) {
	at := fyne.NewPos(0, from.Size().Height)
	widget.ShowPopUpMenuAtRelativePosition(fyne.NewMenu("", items...), h.w.win.Canvas(), at, from)
}

// phaseMark is the mark before the sentence of state.
func phaseMark(p status.Phase) fyne.Resource {
	switch p {
	case status.Relaying:
		return kit.Mark("relaying", kit.ShapeTickDisc, theme.ColorNamePrimary)
	case status.Starting:
		return kit.Mark("starting", kit.ShapeDots, theme.ColorNamePrimary)
	case status.Paused:
		return kit.Mark("paused", kit.ShapeBars, theme.ColorNameForeground)
	case status.Standby:
		return kit.Mark("standby", kit.ShapeRing, theme.ColorNameForeground)
	case status.Attention:
		return kit.Mark("attention", kit.ShapeTriangle, theme.ColorNameError)
	case status.Setup:
		return kit.Mark("setup", kit.ShapePlus, theme.ColorNamePrimary)
	default:
		return kit.Mark("stopped", kit.ShapeSquare, theme.ColorNamePlaceHolder)
	}
}

// nextMorning is eight o'clock of the day after now, by the clock on the wall.
func nextMorning(now time.Time) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d+1, 8, 0, 0, 0, now.Location())
}

// mendButton is the button that helps in the state that the header tells.
type mendButton struct {
	button *kit.Button
	box    *fyne.Container // takes no room while it is hidden
	action health.Action   // what the button does
}

func newMendButton(act func(health.Action)) *mendButton {
	m := &mendButton{}
	m.button = kit.PrimaryButton("", func() { act(m.action) })
	m.box = container.NewVBox(m.button)
	return m
}

// offer makes it the button of a; it is shown where a has one and it is wanted.
func (m *mendButton) offer(a health.Action, wanted bool) {
	m.action = a
	m.button.SetText(a.Label())
	kit.ShowIf(m.box, a.Label() != "" && wanted)
}

func (m *mendButton) shown() bool { return m.box.Visible() }

// addressLine is the public address, with a button that copies it, at the end of
// a row that begins with something else.
type addressLine struct {
	label   *kit.SelectableLabel
	copied  *kit.Button
	row     *fyne.Container
	address string
}

func newAddressLine(e kit.Env, before fyne.CanvasObject) *addressLine {
	a := &addressLine{label: kit.NewSelectableLabel("")}
	a.label.Truncation = fyne.TextTruncateEllipsis
	a.label.Alignment = fyne.TextAlignTrailing
	a.label.TextStyle.Monospace = true
	a.label.SizeName, a.label.Importance = kit.SizeSmall, widget.LowImportance
	a.copied = e.CopyButton(words.Text("button.copy"), func() string { return a.address })
	a.row = kit.Border(nil, nil, before, a.copied, kit.CenterVertically(a.label))
	return a
}

// show shows that address; an empty one takes no room.
func (a *addressLine) show(address string) {
	a.address = address
	a.label.SetText(kit.OneLine(address, kit.MaxLine))
	kit.ShowIf(a.label, address != "")
	kit.ShowIf(a.copied, address != "")
}
