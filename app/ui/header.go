package ui

import (
	"strings"
	"time"

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
	action   *pushButton
	helps    *fyne.Container // the place of action
	does     health.Action   // what action does

	pause    *pushButton
	test     *pushButton
	settings *pushButton

	chain   *chain
	address *copyLabel
	copied  *pushButton
	way     *fyne.Container // the row of chain and address

	notes *widget.Label   // overrides in force
	demo  *fyne.Container // the banner of the demo
	box   *fyne.Container
}

// phaseSide is the side of the mark before the sentence of state.
const phaseSide = 26

func newHeader(w *mainWindow) *header {
	h := &header{w: w, icon: widget.NewIcon(phaseMark("")), headline: bold(""), cause: secondary("")}
	h.headline.SizeName = sizeState
	h.headline.Wrapping = fyne.TextWrapWord
	h.action = primary("", func() { w.ui.act(h.does) })
	h.helps = container.NewVBox(h.action)
	h.pause = newButton("Pause", theme.MenuDropDownIcon(), h.pauseTapped)
	h.pause.IconPlacement = widget.ButtonIconTrailingText
	h.test = newButton("Send test", theme.MenuDropDownIcon(), h.testTapped)
	h.test.IconPlacement = widget.ButtonIconTrailingText
	h.settings = newButton("Settings", theme.SettingsIcon(), func() { w.ui.ShowSettings("") })

	h.chain = newChain(w.openLink)
	h.address = newCopyLabel("")
	h.address.Truncation = fyne.TextTruncateEllipsis
	h.address.Alignment = fyne.TextAlignTrailing
	h.address.TextStyle.Monospace = true
	h.address.SizeName, h.address.Importance = sizeSecondary, widget.LowImportance
	h.copied = w.ui.env.copyButton("Copy", func() string { return w.status.Address })
	h.way = border(nil, nil, h.chain.box, h.copied, middle(h.address))

	h.notes = secondary("")
	h.demo = container.NewStack(newBand(secondary(
		"This is the demo. Vast.ai and Google Chat are played by the program itself; nothing leaves this computer.")))

	phase := beside(h.icon, phaseSide, theme.Size(sizeState))
	buttons := container.NewVBox(container.NewHBox(h.pause, h.test, h.settings))
	// The cause is pulled up to its headline; the buttons of the two rows are not.
	cause := container.New(layout.NewCustomPaddedLayout(tight-theme.Padding(), 0, 0, 0), h.cause)
	words := container.NewVBox(
		border(nil, nil, nil, buttons, h.headline),
		border(nil, nil, nil, container.NewHBox(w.activity.box, h.helps), cause),
	)
	top := border(nil, nil, phase, nil, words)
	h.box = container.NewVBox(h.demo, top, h.way, h.notes)
	return h
}

// update draws s.
func (h *header) update(s status.Status) {
	h.icon.SetResource(phaseMark(s.Phase))
	h.headline.SetText(strings.TrimSuffix(oneLine(s.Headline, maxLine), ".")) // It is a title, whoever worded it.
	h.cause.SetText(block(s.Cause, maxLine))
	setUp, missing := h.w.setUp, s.Phase == status.Setup

	// What ends a pause stands where the pause began.
	h.does = s.Action
	h.action.SetText(s.Action.Label())
	showIf(h.helps, s.Action.Label() != "" && s.Action != health.ActionResume && !(setUp && missing))
	h.pause.SetText("Pause")
	h.pause.SetIcon(theme.MenuDropDownIcon())
	h.pause.Importance = widget.MediumImportance
	if s.Phase == status.Paused {
		h.pause.SetText("Resume")
		h.pause.SetIcon(nil)
		h.pause.Importance = widget.HighImportance
	}
	h.pause.Refresh()
	showIf(h.pause, !setUp && s.Phase != status.Stopped)
	showIf(h.test, !setUp)

	h.chain.update(s)
	h.address.SetText(oneLine(s.Address, maxLine))
	showIf(h.address, s.Address != "")
	showIf(h.copied, s.Address != "")
	showIf(h.way, !(setUp && missing))
	h.w.activity.arrange(s)

	names := make([]string, 0, len(s.Overrides))
	for _, o := range s.Overrides {
		names = append(names, oneLine(o, maxLine))
	}
	h.notes.SetText("Set by the environment: " + strings.Join(names, ", "))
	showIf(h.notes, len(names) > 0)
	showIf(h.demo, s.Demo)
	h.box.Refresh()
}

// offers reports whether the button that helps is that of a.
func (h *header) offers(a health.Action) bool { return h.helps.Visible() && h.does == a }

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
		h.w.askResume()
		return
	}
	h.menu(h.pause,
		fyne.NewMenuItem("For 1 hour", func() { h.w.pause(h.w.ui.env.now().Add(time.Hour)) }),
		fyne.NewMenuItem("Until tomorrow, 08:00", func() { h.w.pause(nextMorning(h.w.ui.env.now())) }),
		fyne.NewMenuItem("Until I resume", func() { h.w.pause(time.Time{}) }),
	)
}

func (h *header) testTapped() {
	h.menu(h.test,
		fyne.NewMenuItem(testFromVast.title(), func() { h.w.runTest(testFromVast) }),
		fyne.NewMenuItem(testToChat.title(), func() { h.w.runTest(testToChat) }),
	)
}

// menu drops a menu from a button.
func (h *header) menu(from *pushButton, items ...*fyne.MenuItem) {
	at := fyne.NewPos(0, from.Size().Height)
	widget.ShowPopUpMenuAtRelativePosition(fyne.NewMenu("", items...), h.w.win.Canvas(), at, from)
}

// phaseMark is the mark before the sentence of state.
func phaseMark(p status.Phase) fyne.Resource {
	switch p {
	case status.Relaying:
		return mark("relaying", shapeTickDisc, theme.ColorNamePrimary)
	case status.Starting:
		return mark("starting", shapeDots, theme.ColorNamePrimary)
	case status.Paused:
		return mark("paused", shapeBars, theme.ColorNameForeground)
	case status.Standby:
		return mark("standby", shapeRing, theme.ColorNameForeground)
	case status.Attention:
		return mark("attention", shapeTriangle, theme.ColorNameError)
	case status.Setup:
		return mark("setup", shapePlus, theme.ColorNamePrimary)
	default:
		return mark("stopped", shapeSquare, theme.ColorNamePlaceHolder)
	}
}

// nextMorning is eight o'clock of the day after now, by the clock on the wall.
func nextMorning(now time.Time) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d+1, 8, 0, 0, 0, now.Location())
}
