package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/relay"
)

// addressForm is the section about the public address.
type addressForm struct {
	w      *settingsWindow
	way    *radioList
	kept   config.Tunnel // the setting when the form was opened
	domain *fieldEntry
	public *fieldEntry
	listen *fieldEntry
	ngrok  *fyne.Container
	own    *fyne.Container
	wrong  *widget.Label
	now    *fyne.Container // the address in use
	save   *pushButton
	saver  *saver
	box    *fyne.Container
	bar    *fyne.Container
}

// The ways to a public address in words.
const (
	ngrokWords = "Let ngrok provide it"
	ownWords   = "Use my own public URL"
)

// wayWords is a way to a public address in words.
func wayWords(t config.Tunnel) string {
	switch t {
	case config.TunnelNgrok:
		return ngrokWords
	case config.TunnelURL:
		return ownWords
	default:
		return unknownWords(string(t))
	}
}

func newAddressForm(w *settingsWindow) *addressForm {
	f := &addressForm{w: w, domain: w.entry(), public: w.entry(), listen: w.entry()}
	f.domain.SetPlaceHolder("name.ngrok-free.app")
	f.public.SetPlaceHolder("https://relay.example.net")
	f.listen.SetPlaceHolder(defaultListen)
	f.way = newRadioList([]string{ngrokWords, ownWords}, func(string) { f.check() })
	f.way.Required = true
	for _, e := range []*fieldEntry{f.domain, f.public, f.listen} {
		e.OnChanged = func(string) { f.check() }
	}
	f.ngrok = container.NewVBox(
		field("Domain (optional)", f.domain, "Leave it empty to use the domain that comes with your ngrok account."))
	f.own = container.NewVBox(
		field("Public URL", f.public, "The https address that Vast.ai delivers to, such as https://example.net or https://example.net/hooks. Your proxy may pass its path on or strip it."),
		field("Local address", f.listen, "Where your proxy or tunnel hands requests over, in plain HTTP. Empty means "+defaultListen+"."))
	f.now = container.NewStack()
	f.wrong = wrapped("")
	f.wrong.Importance = widget.DangerImportance
	f.save = primary("Save", f.apply)
	said := container.NewVBox()
	f.saver = &saver{w: w, said: said, busy: func(yes bool) { enableIf(f.save, !yes) }}
	f.box = container.NewVBox(
		wrapped("Vast.ai delivers events to a public address that leads to this computer."),
		f.now,
		f.way, f.ngrok, f.own, f.wrong,
	)
	f.bar = container.NewVBox(saveBar(f.save, secondary("Saving connects again and tells Vast.ai the new address; this takes a few seconds.")), said)
	return f
}

func (f *addressForm) content() fyne.CanvasObject { return f.box }

func (f *addressForm) foot() fyne.CanvasObject { return f.bar }

// refresh says which address is in use, and whether it works.
func (f *addressForm) refresh() {
	s := f.w.ui.o.Backend.Status()
	hop, text := s.Hop(health.HopAddress), "No address is in use now."
	if s.Address != "" {
		text = joined("In use now: "+oneLine(s.Address, maxLine), hopWord(hop.State))
	}
	icon := hopMark(hop.State)
	if hop.State == health.HopFailing {
		icon = mark("address-failing", shapeTriangle, theme.ColorNameError)
	}
	f.now.Objects = []fyne.CanvasObject{lead(widget.NewIcon(icon), wrapped(text))}
	f.w.relayout()
}

// open shows the settings in force.
func (f *addressForm) open() {
	f.refresh()
	s := f.w.ui.o.Backend.Settings()
	f.domain.SetText(s.NgrokDomain)
	f.public.SetText(s.PublicURL)
	f.listen.SetText(s.Listen)
	f.kept = s.Tunnel
	selectWords(f.way, []string{ngrokWords, ownWords}, wayWords(s.TunnelOrDefault()))
	f.check()
}

// check shows the fields of the way that is picked and what is wrong in them.
func (f *addressForm) check() {
	own := f.way.Selected == ownWords
	showIf(f.ngrok, !own)
	showIf(f.own, own)
	wrong := f.problem()
	enableIf(f.save, wrong == "")
	f.wrong.SetText(wrong)
	showIf(f.wrong, wrong != "" && (!own || f.public.Text != ""))
	f.w.relayout()
}

// problem says what is wrong in the fields that are shown; empty for nothing.
func (f *addressForm) problem() string {
	if f.way.Selected == ownWords {
		if wrong := checkPublicURL(strings.TrimSpace(f.public.Text)); wrong != "" {
			return wrong
		}
		return checkListen(strings.TrimSpace(f.listen.Text))
	}
	return checkDomain(strings.TrimSpace(f.domain.Text))
}

func (f *addressForm) apply() {
	tunnel := config.TunnelNgrok
	switch f.way.Selected {
	case ngrokWords:
	case ownWords:
		tunnel = config.TunnelURL
	default:
		tunnel = f.kept
	}
	domain, public, listen := strings.TrimSpace(f.domain.Text), strings.TrimSpace(f.public.Text), strings.TrimSpace(f.listen.Text)
	f.saver.save(func(s *config.Settings) {
		s.Tunnel = tunnel
		if tunnel == config.TunnelURL {
			s.PublicURL, s.Listen = public, listen
		} else {
			s.NgrokDomain = domain
		}
		*s = config.Canonical(*s)
	}, "Saved. The main window shows when the new address works.", nil)
}

// defaultListen is the local address that an empty field stands for.
const defaultListen = config.DefaultListen

// checkDomain says what is wrong with a domain to ask ngrok for, in a sentence
// for the person; none is needed.
func checkDomain(s string) string {
	if s == "" {
		return ""
	}
	return wrong(relay.ParseDomain(s))
}

// checkPublicURL says what is wrong with a public URL, in a sentence.
func checkPublicURL(s string) string {
	address, err := relay.ParsePublicURL(s)
	if err == nil && !strings.HasPrefix(address, "https://") {
		return "The address must begin with https://." // http leads nobody but this computer here
	}
	return wrong(address, err)
}

// checkListen says what is wrong with a local host:port, in a sentence; none is
// needed.
func checkListen(s string) string {
	if s == "" {
		return ""
	}
	return wrong(relay.ParseListen(s))
}

// wrong is the sentence of what a parser of the settings says; empty for none.
func wrong(_ string, err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
