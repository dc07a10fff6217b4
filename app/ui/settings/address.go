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
	kept    string // the setting when the form was opened
	vendors []vendorForm
	wrong   *widget.Label
	now     *fyne.Container // the address in use
	save    *kit.Button
	saver   *saver
	box     *fyne.Container
	bar     *fyne.Container
}

// vendorForm holds the fields of one vendor of tunnels.
type vendorForm struct {
	vendor  tunnel.Vendor
	entries []*kit.Entry // one for each field of the vendor
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
	f := &addressForm{w: w, now: container.NewStack(), wrong: kit.WrappedLabel("")}
	for _, v := range w.deps.Vendors {
		f.vendors = append(f.vendors, f.newVendorForm(v))
	}
	f.way = kit.NewRadioList(f.titles(), func(string) { f.check() })
	f.way.Required = true
	f.wrong.Importance = widget.DangerImportance
	f.save = kit.PrimaryButton(words.Text("settings.save"), f.apply)
	said := container.NewVBox()
	f.saver = &saver{w: w, said: said, busy: func(yes bool) { kit.EnableIf(f.save, !yes) }}
	f.box = container.NewVBox(
		kit.WrappedLabel(words.Text("settings.address.what")),
		f.now,
		f.way,
	)
	for _, v := range f.vendors {
		f.box.Add(v.box)
	}
	f.box.Add(f.wrong)
	f.bar = container.NewVBox(saveBar(f.save, kit.SmallLabel(words.Text("settings.address.plan"))), said)
	return f
}

func (f *addressForm) newVendorForm(v tunnel.Vendor) vendorForm {
	form := vendorForm{vendor: v, policy: newPolicyBox(f.w), away: kit.SmallLabel(""), box: container.NewVBox()}
	for _, one := range v.Fields {
		e := f.w.entry()
		e.SetPlaceHolder(one.Example)
		e.OnChanged = func(string) { f.check() }
		form.entries = append(form.entries, e)
		form.box.Add(kit.FormField(one.Label, e, one.Hint))
	}
	form.box.Add(form.policy.box)
	form.box.Add(form.away)
	if v.Remark != "" {
		form.box.Add(kit.SmallLabel(v.Remark))
	}
	return form
}

func (f *addressForm) content() fyne.CanvasObject { return f.box }

func (f *addressForm) foot() fyne.CanvasObject { return f.bar }

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

// open shows the settings in force.
func (f *addressForm) open() {
	f.refresh()
	s := f.w.deps.Store.Settings()
	f.kept = s.Tunnel
	for _, v := range f.vendors {
		for i, one := range v.vendor.Fields {
			v.entries[i].SetText(s.TunnelValues[one.Key])
		}
	}
	selected := tunnel.Choose(f.w.deps.Vendors, s.Tunnel)
	if s.Tunnel == "" || s.Tunnel == selected.Name {
		selectWords(f.way, f.titles(), selected.Title)
	} else {
		selectWords(f.way, f.titles(), unknownWords(s.Tunnel))
	}
	f.check()
}

// check shows the fields of the way that is picked and what is wrong in them.
func (f *addressForm) check() {
	chosen := f.chosen()
	for _, v := range f.vendors {
		kit.ShowIf(v.box, v.vendor.Name == chosen.vendor.Name)
	}
	chosen.policy.show(chosen.policyText())
	away := chosen.vendor.WhileAway(chosen.entered())
	chosen.away.SetText(away)
	kit.ShowIf(chosen.away, away != "")
	wrong, untouched := chosen.problem()
	kit.EnableIf(f.save, wrong == "")
	f.wrong.SetText(wrong)
	kit.ShowIf(f.wrong, wrong != "" && !untouched)
	f.w.relayout()
}

// problem says what is wrong in the fields; empty for nothing. untouched is set
// when that is only that something must be entered still.
func (v vendorForm) problem() (wrong string, untouched bool) {
	for i, one := range v.vendor.Fields {
		if wrong := checkField(one, strings.TrimSpace(v.entries[i].Text)); wrong != "" {
			return wrong, v.entries[i].Text == ""
		}
	}
	return "", false
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
	if wrong, _ := v.problem(); v.vendor.Policy == nil || wrong != "" {
		return ""
	}
	return v.vendor.Policy(v.entered())
}

func (f *addressForm) apply() {
	chosen, name := f.chosen(), f.kept
	if f.way.Selected == chosen.vendor.Title {
		name = chosen.vendor.Name
	}
	entered := chosen.entered()
	f.saver.save(func(s *config.Settings) {
		values := tunnel.Values{}
		maps.Copy(values, s.TunnelValues)
		maps.Copy(values, entered)
		s.Tunnel, s.TunnelValues = name, values
	}, words.Text("settings.address.saved"))
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
