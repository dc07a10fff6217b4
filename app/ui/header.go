package ui

import (
	"math"
	"strings"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/settings"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// header is the top of the main window: one sentence of state, the facts about it, the
// button that helps, the chain, the address and the picture of activity. Its height
// depends on the width of the window and on nothing that comes and goes.
type header struct {
	w *mainWindow

	icon     *widget.Icon
	headline *widget.Label
	facts    *kit.FactLine
	mend     *mendButton

	pause    *kit.Button
	test     *kit.SplitButton
	settings *kit.Button

	chain   *chain
	address *addressLine

	row  *factsRow
	demo *fyne.Container // the banner of the demo
	box  *fyne.Container
}

// markInset moves the mark to the right by what its picture leaves free at the left.
const markInset = 2

// headlineMost is how many runes of the sentence of state are shown: it has the name of
// the space in it, which a person may have made long.
const headlineMost = 70

// phaseSide is the side of the mark before the sentence of state.
const phaseSide = 26

func newHeader(w *mainWindow) *header {
	h := &header{w: w, icon: widget.NewIcon(phaseMark(status.Status{})), headline: kit.WrappedBoldLabel(""), facts: kit.NewFactLine()}
	h.headline.SizeName = kit.SizeTitle
	h.mend = newMendButton(w.ui.act)
	h.pause = kit.NewButton(words.Text("window.pause"), theme.MenuDropDownIcon(), h.pauseTapped)
	h.pause.IconPlacement = widget.ButtonIconTrailingText
	h.pause.Reserve(words.Text("window.pause"), words.Text("window.resume"))
	h.test = kit.NewSplitButton(words.Text("window.send_test"), func() { w.answers.runTest(testFromVast) }, h.tests)
	h.settings = kit.NewButton("", theme.SettingsIcon(), func() { w.ui.ShowSettings("") })

	h.chain = newChain(w.answers.openLink)
	h.address = newAddressLine(w.ui.env, h.chain.box, func() { w.ui.ShowSettings(settings.SectionAbout) })
	h.demo = container.NewStack(kit.NewBand(kit.SmallLabel(words.Text("window.demo.banner"))))

	// The mark begins where the words of the chain do, past the edge of its picture.
	phase := container.New(layout.NewCustomPaddedLayout(0, 0, markInset, 0), kit.CenterOnLine(h.icon, phaseSide, theme.Size(kit.SizeTitle)))
	buttons := container.NewVBox(container.NewHBox(h.pause, h.test.Box, h.settings))
	// The facts are pulled up to the sentence above them.
	facts := container.New(layout.NewCustomPaddedLayout(kit.Tight-theme.Padding(), 0, 0, 0), h.facts.Box)
	h.row = &factsRow{facts: facts, fit: h.facts.Fits, picture: container.NewStack(w.events.Activity()), mend: h.mend.box, high: h.mend.button.MinSize().Height}
	lines := container.NewVBox(
		kit.Border(nil, nil, nil, buttons, container.New(headlineLayout{h.headline}, h.headline)),
		container.New(h.row, facts, h.row.picture, h.row.mend),
	)
	top := kit.Border(nil, nil, phase, nil, lines)
	h.box = container.NewVBox(h.demo, top, h.address.row)
	return h
}

// update draws s.
func (h *header) update(s status.Status) {
	h.icon.SetResource(phaseMark(s))
	h.headline.SetText(kit.OneLine(s.Title().Text(), headlineMost))
	h.drawFacts(s)
	setUp, missing := h.w.setUp, s.Phase == status.Setup

	// The set-up needs the room, and has nothing that comes and goes.
	h.facts.Kept = 2
	if setUp && missing {
		h.facts.Kept = 1
	}
	h.row.slim = setUp && missing

	// What ends a pause stands where the pause began.
	h.mend.offer(s.Action, s.Action != health.ActionResume && !(setUp && missing))
	h.mend.trying(s.Action == health.ActionRetry && h.w.answers.retry.running || h.w.answers.performing)
	h.pause.SetText(words.Text("window.pause"))
	h.pause.SetIcon(theme.MenuDropDownIcon())
	h.pause.Importance = widget.MediumImportance
	if s.Holds() {
		h.pause.SetText(words.Text("window.resume"))
		h.pause.SetIcon(nil)
	}
	if s.Phase == status.Paused { // Else another button is the one that helps.
		h.pause.Importance = widget.HighImportance
	}
	h.pause.Refresh()
	kit.ShowIf(h.pause, !setUp && s.Phase != status.Stopped)
	kit.ShowIf(h.test.Box, !setUp)

	h.chain.update(s)
	h.address.show(s.Address)
	h.address.warn(len(s.Overrides))
	kit.ShowIf(h.address.row, !(setUp && missing))
	kit.ShowIf(h.demo, s.Demo)
	h.box.Refresh()
}

// drawFacts shows what there is to say of the state. While a person has it tried again,
// that is said first, and afterwards when that was.
func (h *header) drawFacts(s status.Status) {
	facts := s.Facts(h.w.ui.env.Now())
	if said := h.w.answers.retry.words(s); said != "" {
		at := min(1, len(facts))
		facts = append(facts[:at:at], append([]status.Fact{{Text: words.Verbatim(said)}}, facts[at:]...)...)
	}
	h.facts.Set(len(facts), func(i int) (string, func()) {
		return kit.OneLine(facts[i].Text.Text(), kit.MaxLine), h.w.shows(facts[i].About)
	})
}

// offers reports whether the button that helps is that of a.
func (h *header) offers(a health.Action) bool { return h.mend.shown() && h.mend.action == a }

// busy is called while a test runs, so that none is started on top of it.
func (h *header) busy(yes bool) { h.test.Enable(!yes) }

func (h *header) pauseTapped() {
	if h.w.status.Holds() {
		h.w.answers.askResume()
		return
	}
	kit.DropMenu(h.pause, fyne.NewMenu("",
		fyne.NewMenuItem(words.Text("window.pause_hour"), func() { h.w.answers.pause(h.w.ui.env.Now().Add(time.Hour)) }),
		fyne.NewMenuItem(words.Text("window.pause_morning"), func() { h.w.answers.pause(nextMorning(h.w.ui.env.Now())) }),
		fyne.NewMenuItem(words.Text("window.pause_open"), func() { h.w.answers.pause(time.Time{}) }),
	))
}

// tests is the menu beside the button that sends a test from Vast.ai.
func (h *header) tests() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem(testFromVast.title(), func() { h.w.answers.runTest(testFromVast) }),
		fyne.NewMenuItem(testToChat.title(), func() { h.w.answers.runTest(testToChat) }),
		fyne.NewMenuItem(words.Text("doctor.title"), h.w.answers.checkEverything),
	)
}

// headlineLayout gives the sentence of state one line of large text or, where that is too
// long, two of the common size, which take the same height.
type headlineLayout struct{ label *widget.Label }

// Layout places the sentence.
func (l headlineLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	name := kit.SizeTitle
	if size.Width > 0 && fyne.MeasureText(l.label.Text, theme.Size(kit.SizeTitle), l.label.TextStyle).Width+2*theme.InnerPadding() > size.Width {
		name = kit.SizeBody
	}
	if l.label.SizeName != name {
		l.label.SizeName = name
		l.label.Refresh()
	}
	high := kit.SetWidth(l.label, size.Width)
	l.label.Move(fyne.NewPos(0, (size.Height-high)/2))
}

// MinSize has the height of one line of large text.
func (l headlineLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	line := fyne.MeasureText("M", theme.Size(kit.SizeTitle), l.label.TextStyle).Height
	return fyne.NewSize(0, line+2*theme.InnerPadding())
}

// factsRow is the second row of the header: the facts, and at the right the picture of
// activity and the button that helps. A narrow window has room for the picture only where
// the facts keep to their lines beside it.
type factsRow struct {
	facts, mend fyne.CanvasObject
	fit         func(width float32) bool // whether the facts keep to their lines at that width
	picture     *fyne.Container
	high        float32 // the height that is kept for the button
	slim        bool    // nothing is kept: neither picture nor button comes and goes
}

// factsLeast is the width that is enough for the facts beside the picture, whatever they
// say.
const factsLeast = 280

// Layout places the row. It gets its objects in reading order.
func (r *factsRow) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	right := size.Width
	if r.mend.Visible() {
		need := r.mend.MinSize()
		right -= need.Width
		r.mend.Resize(need)
		r.mend.Move(fyne.NewPos(right, 0))
		right -= theme.Padding()
	}
	need := r.picture.MinSize()
	room := right - need.Width
	fits := room >= factsLeast || r.fit(room)
	if fits != r.picture.Visible() {
		kit.ShowIf(r.picture, fits)
	}
	if fits {
		right -= need.Width
		r.picture.Resize(fyne.NewSize(need.Width, max(need.Height, r.high)))
		r.picture.Move(fyne.NewPos(right, 0))
	}
	kit.SetWidth(r.facts, right)
	r.facts.Move(fyne.NewPos(0, 0))
}

// MinSize keeps room for the button whether or not it is there.
func (r *factsRow) MinSize([]fyne.CanvasObject) fyne.Size {
	high := r.facts.MinSize().Height
	if !r.slim {
		high = max(high, r.high)
	}
	return fyne.NewSize(r.mend.MinSize().Width, high)
}

// phaseMark is the mark before the sentence of state: trouble that mends itself differs
// by shape and colour from trouble that needs a person.
func phaseMark(s status.Status) fyne.Resource {
	switch s.Phase {
	case status.Relaying:
		return kit.Mark("relaying", kit.ShapeTickDisc, theme.ColorNamePrimary)
	case status.Starting:
		return kit.Mark("starting", kit.ShapeDots, theme.ColorNamePrimary)
	case status.Paused:
		return kit.Mark("paused", kit.ShapeBars, theme.ColorNameForeground)
	case status.Standby:
		return kit.Mark("standby", kit.ShapeRing, theme.ColorNameForeground)
	case status.Attention:
		if !s.NeedsPerson() {
			return kit.Mark("attention-passing", kit.ShapeWarning, theme.ColorNameWarning)
		}
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
	m.button.Reserve(health.ActionRetry.Label(), words.Text("window.retry.button"))
	m.box = container.NewVBox(m.button)
	return m
}

// offer makes it the button of a; it is shown where a has one and it is wanted.
func (m *mendButton) offer(a health.Action, wanted bool) {
	m.action = a
	m.button.SetText(a.Label())
	kit.ShowIf(m.box, a.Label() != "" && wanted)
}

// trying shows whether what the button does is under way.
func (m *mendButton) trying(yes bool) {
	if yes {
		m.button.SetText(words.Text("window.retry.button"))
	}
	kit.EnableIf(m.button, !yes)
}

func (m *mendButton) shown() bool { return m.box.Visible() }

// addressLine is the public address, with a button that copies it, at the end of
// a row that begins with something else.
type addressLine struct {
	label   *kit.SelectableLabel
	copied  *kit.Button
	warning *kit.Button // settings of the environment are in force
	row     *fyne.Container
	address string
}

// addressLeast is the least width in which the beginning of the address is of use.
const addressLeast = 70

func newAddressLine(e kit.Env, before fyne.CanvasObject, showOverrides func()) *addressLine {
	a := &addressLine{label: kit.NewSelectableLabel("")}
	a.label.Truncation = fyne.TextTruncateEllipsis
	a.label.SizeName, a.label.Importance = kit.SizeSmall, widget.LowImportance
	a.copied = e.CopyButton(words.Text("button.copy"), func() string { return a.address })
	a.warning = kit.PlainButton("", nil, showOverrides)
	a.row = container.New(addressLayout{}, before, kit.HideNarrow(addressLeast, kit.CenterVertically(container.New(atRight{a.label}, a.label))), container.NewHBox(a.copied, a.warning))
	return a
}

// atRight gives a label the room of its text at the right, or all the room where that is
// less. Text that the label itself aligned so would be selected elsewhere than it stands.
type atRight struct{ label *kit.SelectableLabel }

// Layout places the label.
func (r atRight) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	text := fyne.MeasureText(r.label.Text, theme.Size(r.label.SizeName), r.label.TextStyle).Width
	wide := min(float32(math.Ceil(float64(text)))+2*theme.InnerPadding(), size.Width)
	r.label.Resize(fyne.NewSize(wide, size.Height))
	r.label.Move(fyne.NewPos(size.Width-wide, 0))
}

// MinSize is that of the label while it is shown.
func (r atRight) MinSize([]fyne.CanvasObject) fyne.Size {
	if !r.label.Visible() {
		return fyne.Size{}
	}
	return r.label.MinSize()
}

// addressLayout places the chain, the address and the buttons in a line. The lines of the
// chain get their room before the address does.
type addressLayout struct{}

// Layout places the three.
func (addressLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	before, address, buttons := objects[0], objects[1], objects[2]
	need, pad := buttons.MinSize(), theme.Padding()
	room := size.Width - need.Width - pad
	chain := min(room, before.MinSize().Width+float32(len(links())-1)*(connectorWide-connectorLeast))
	before.Resize(fyne.NewSize(chain, size.Height))
	before.Move(fyne.Position{})
	address.Resize(fyne.NewSize(max(0, room-chain-pad), size.Height))
	address.Move(fyne.NewPos(chain+pad, 0))
	buttons.Resize(fyne.NewSize(need.Width, size.Height))
	buttons.Move(fyne.NewPos(size.Width-need.Width, 0))
}

// MinSize is what the chain and the buttons need: the address ends in dots, or is not
// shown.
func (addressLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.Size{}
	for i, o := range objects {
		one := o.MinSize()
		least.Height = max(least.Height, one.Height)
		if i != 1 {
			least.Width += one.Width
		}
	}
	return least.AddWidthHeight(theme.Padding(), 0)
}

// show shows that address; an empty one takes no room.
func (a *addressLine) show(address string) {
	a.address = address
	a.label.SetText(kit.OneLine(strings.TrimSuffix(address, "/"), kit.MaxLine))
	kit.ShowIf(a.label, address != "")
	kit.ShowIf(a.copied, address != "")
}

// warn says that so many settings come from the environment, and leads to the page that
// names them.
func (a *addressLine) warn(overrides int) {
	a.warning.SetText(words.Plural("window.overrides", overrides))
	kit.ShowIf(a.warning, overrides > 0)
}
