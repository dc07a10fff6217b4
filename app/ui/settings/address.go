package settings

import (
	"maps"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
)

// addressForm is the section about the public address.
type addressForm struct {
	w       *Window
	way     *kit.RadioList
	kept    string // the setting in force
	inForce string // the same as a choice of way
	vendors []vendorForm
	now     *fyne.Container // the address in use
	typed   *edits
	box     *fyne.Container
}

// vendorForm holds the fields of one vendor of tunnels.
type vendorForm struct {
	vendor  tunnel.Vendor
	entries []*kit.Entry    // one for each field of the vendor
	hints   []*widget.Label // below each of them
	policy  *policyBox
	away    *widget.Label // what becomes of events while this computer is away
	box     *fyne.Container
}

// policyBox shows the text that the person has to give to the vendor.
type policyBox struct {
	text *widget.Label
	box  *fyne.Container
}

func newPolicyBox(w *Window) *policyBox {
	p := &policyBox{text: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})}
	p.text.Wrapping = fyne.TextWrapBreak // What scrolls sideways would keep the wheel from moving the page.
	copied := w.deps.CopyButton(words.Text("button.copy"), func() string { return p.text.Text })
	p.box = container.NewVBox(
		kit.WrappedLabel(words.Text("settings.address.policy")), p.text, container.NewHBox(copied),
	)
	p.box.Hide()
	return p
}

// show shows a text; an empty one takes no room.
func (p *policyBox) show(text string) {
	p.text.SetText(text)
	kit.ShowIf(p.box, text != "")
}

// titles are the ways to a public address in words.
func (f *addressForm) titles() []string {
	titles := make([]string, len(f.vendors))
	for i, v := range f.vendors {
		titles[i] = v.vendor.Title
	}
	return titles
}

// chosen returns the form of the way that is picked, or that of the default for
// a way of a newer version of the program.
func (f *addressForm) chosen() vendorForm {
	for _, v := range f.vendors {
		if v.vendor.Title == f.way.Selected {
			return v
		}
	}
	return f.vendors[0]
}

func newAddressForm(w *Window) *addressForm {
	f := &addressForm{w: w, now: container.NewStack()}
	f.typed = newEdits(w, f, words.Text("settings.address.plan"), words.Text("settings.address.saved"))
	for _, v := range w.deps.Vendors {
		f.vendors = append(f.vendors, f.newVendorForm(v))
	}
	f.way = kit.NewRadioList(f.titles(), func(string) { f.typed.update() })
	f.box = container.NewVBox(
		kit.WrappedLabel(words.Text("settings.address.what")),
		f.now,
		f.way,
	)
	for _, v := range f.vendors {
		f.box.Add(v.box)
	}
	return f
}

func (f *addressForm) newVendorForm(v tunnel.Vendor) vendorForm {
	form := vendorForm{vendor: v, policy: newPolicyBox(f.w), away: kit.SmallLabel(""), box: container.NewVBox()}
	for _, one := range v.Fields {
		e := f.typed.entry()
		e.SetPlaceHolder(one.Example)
		form.entries = append(form.entries, e)
		hint := kit.SmallLabel(one.Hint)
		form.hints = append(form.hints, hint)
		form.box.Add(kit.FormField(one.Label, e, hint))
	}
	form.box.Add(form.policy.box)
	form.box.Add(form.away)
	if v.Remark != "" {
		form.box.Add(kit.SmallLabel(v.Remark))
	}
	return form
}

func (f *addressForm) content() fyne.CanvasObject { return f.box }

func (f *addressForm) edits() *edits { return f.typed }

func (f *addressForm) foot() fyne.CanvasObject { return f.typed.bar }

// refresh says which address is in use, and whether it works.
func (f *addressForm) refresh() {
	s := f.w.deps.Status()
	hop, text := s.Hop(health.HopAddress), words.Text("settings.address.none")
	if s.Address != "" {
		text = kit.Joined(words.Text("settings.address.in_use", words.Args{"Address": kit.OneLine(s.Address, kit.MaxLine)}), kit.HopWord(hop.State))
	}
	icon := kit.HopMark(hop.State)
	if hop.State == health.HopFailing {
		icon = kit.Mark("address-failing", kit.ShapeTriangle, theme.ColorNameError)
	}
	f.now.Objects = []fyne.CanvasObject{kit.WithIcon(widget.NewIcon(icon), kit.WrappedLabel(text))}
	f.w.relayout()
}

func (f *addressForm) open() {
	f.refresh()
	f.typed.open()
}

// show implements editedForm.
func (f *addressForm) show(s config.Settings) {
	f.kept = s.Tunnel
	for _, v := range f.vendors {
		for i, one := range v.vendor.Fields {
			f.typed.fill(v.entries[i], s.TunnelValues[one.Key])
		}
	}
	selected := tunnel.Choose(f.w.deps.Vendors, s.Tunnel)
	f.inForce = selected.Title
	if s.Tunnel != "" && s.Tunnel != selected.Name {
		f.inForce = unknownWords(s.Tunnel)
	}
	selectWords(f.way, f.titles(), f.inForce)
}

// changed implements editedForm.
func (f *addressForm) changed() bool { return f.way.Selected != f.inForce }

// wrong implements editedForm.
func (f *addressForm) wrong() string { return f.chosen().problem() }

// edited shows the fields of the way that is picked and what is wrong in them.
func (f *addressForm) edited() {
	chosen := f.chosen()
	for _, v := range f.vendors {
		kit.ShowIf(v.box, v.vendor.Name == chosen.vendor.Name)
	}
	chosen.policy.show(chosen.policyText())
	away := chosen.vendor.WhileAway(chosen.entered())
	chosen.away.SetText(away)
	kit.ShowIf(chosen.away, away != "")
	chosen.sayMistakes()
	f.w.relayout()
}

// problem says what is wrong in the fields; empty for nothing.
func (v vendorForm) problem() string {
	for i := range v.vendor.Fields {
		if wrong := v.mistake(i); wrong != "" {
			return wrong
		}
	}
	return ""
}

// mistake says what is wrong in field i; empty for nothing.
func (v vendorForm) mistake(i int) string {
	return checkField(v.vendor.Fields[i], strings.TrimSpace(v.entries[i].Text))
}

// sayMistakes puts what is wrong in a field in the place of its hint, below the
// entry. That something must be entered still is no mistake yet.
func (v vendorForm) sayMistakes() {
	for i, one := range v.vendor.Fields {
		hint := v.hints[i]
		hint.Text, hint.Importance = one.Hint, widget.LowImportance
		if wrong := v.mistake(i); wrong != "" && v.entries[i].Text != "" {
			hint.Text, hint.Importance = wrong, widget.DangerImportance
		}
		hint.Refresh()
	}
}

// entered are the values in the fields, each in its one spelling.
func (v vendorForm) entered() tunnel.Values {
	values := tunnel.Values{}
	for i, one := range v.vendor.Fields {
		values[one.Key] = spelled(one, strings.TrimSpace(v.entries[i].Text))
	}
	return values
}

// policyText is what the person has to give to the vendor, for what is entered.
func (v vendorForm) policyText() string {
	if v.vendor.Policy == nil || v.problem() != "" {
		return ""
	}
	return v.vendor.Policy(v.entered())
}

// change implements editedForm.
func (f *addressForm) change() func(s *config.Settings) {
	chosen, name := f.chosen(), f.kept
	if f.way.Selected == chosen.vendor.Title {
		name = chosen.vendor.Name
	}
	entered := tunnel.Values{}
	for _, v := range f.vendors { // Also what was typed for a way that is not picked now.
		for i, one := range v.vendor.Fields {
			if v.mistake(i) == "" {
				entered[one.Key] = spelled(one, strings.TrimSpace(v.entries[i].Text))
			}
		}
	}
	return func(s *config.Settings) {
		values := tunnel.Values{}
		maps.Copy(values, s.TunnelValues)
		maps.Copy(values, entered)
		s.Tunnel, s.TunnelValues = name, values
	}
}

// checkField says what is wrong with a value for a field, in a sentence; empty
// for nothing.
func checkField(f tunnel.Field, value string) string {
	if value == "" && !f.Required {
		return ""
	}
	parsed, err := f.Parse(value)
	if err != nil {
		return err.Error()
	}
	if strings.HasPrefix(parsed, "http://") {
		return words.Text("settings.address.not_https") // http leads nobody but this computer here
	}
	return ""
}

// spelled returns the one spelling of a value that checkField has passed.
func spelled(f tunnel.Field, value string) string {
	if parsed, err := f.Parse(value); err == nil {
		return parsed
	}
	return value
}
