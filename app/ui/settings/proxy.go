package settings

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Proxy is the way to the outside world.
type Proxy interface {
	// InUse returns the proxy that new connections go through.
	InUse() status.Proxy
	// Check returns what keeps an address from being kept as that of a proxy; empty
	// for nothing.
	Check(address string) status.ProxyFault
}

// proxyForm shows the proxy of the environment, or lets a person enter one.
type proxyForm struct {
	w        *Window
	variable string // that names a proxy, which comes before every other; empty: none does
	typed    *edits
	entry    *kit.Entry
	hint     *widget.Label
	box      *fyne.Container
}

func newProxyForm(w *Window) *proxyForm {
	f := &proxyForm{w: w}
	f.typed = newEdits(w, f, words.Text("proxy.plan"), words.Text("proxy.saved"))
	f.typed.inPlace = true
	f.box = container.NewVBox(kit.SectionHeading(words.Text("proxy.heading")))
	inUse := w.deps.Parts.Proxy.InUse()
	if f.variable = inUse.Variable; f.variable != "" {
		f.box.Add(aboutFact(words.Text("proxy.name"), selectable(inUse.Address)))
		f.box.Add(kit.SmallLabel(words.Text("proxy.from_environment", words.Args{"Variable": f.variable})))
		return f
	}
	f.entry, f.hint = f.typed.entry(), kit.SmallLabel("")
	f.box.Add(aboutFact(words.Text("proxy.name"), f.entry))
	f.box.Add(f.hint)
	f.box.Add(f.typed.bar)
	return f
}

// open shows what is in force.
func (f *proxyForm) open() { f.typed.open() }

// refresh does nothing: nobody else changes the proxy.
func (f *proxyForm) refresh() {}

// show implements editedForm.
func (f *proxyForm) show(s config.Settings) {
	if f.entry != nil {
		f.typed.fill(f.entry, s.General.Proxy)
	}
}

// changed implements editedForm.
func (f *proxyForm) changed() bool { return false }

// wrong implements editedForm.
func (f *proxyForm) wrong() string {
	if f.entry == nil {
		return ""
	}
	if fault := f.w.deps.Parts.Proxy.Check(f.entered()); fault != "" {
		return fault.Text()
	}
	return ""
}

func (f *proxyForm) entered() string { return strings.TrimSpace(f.entry.Text) }

// change implements editedForm.
func (f *proxyForm) change() func(s *config.Settings) {
	entered := f.entered()
	return func(s *config.Settings) { s.General.Proxy = entered }
}

// edited says below the entry what is wrong with it, or what belongs there.
func (f *proxyForm) edited() {
	if f.entry == nil {
		return
	}
	f.hint.Text, f.hint.Importance = words.Text("proxy.hint"), widget.LowImportance
	if wrong := f.wrong(); wrong != "" {
		f.hint.Text, f.hint.Importance = wrong, widget.DangerImportance
	}
	f.hint.Refresh()
}
