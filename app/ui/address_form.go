package ui

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
	"vastrelay/app/config"
)

// addressForm is the section about the public address.
type addressForm struct {
	w      *settingsWindow
	way    *widget.RadioGroup
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

func newAddressForm(w *settingsWindow) *addressForm {
	f := &addressForm{w: w, domain: w.entry(), public: w.entry(), listen: w.entry()}
	f.domain.SetPlaceHolder("name.ngrok-free.app")
	f.public.SetPlaceHolder("https://relay.example.net")
	f.listen.SetPlaceHolder(defaultListen)
	f.way = widget.NewRadioGroup([]string{ngrokWords, ownWords}, func(string) { f.check() })
	f.way.Required = true
	for _, e := range []*fieldEntry{f.domain, f.public, f.listen} {
		e.OnChanged = func(string) { f.check() }
	}
	f.ngrok = container.NewVBox(
		field("Domain (optional)", f.domain, "Leave it empty to use the domain that comes with your ngrok account."))
	f.own = container.NewVBox(
		field("Public URL", f.public, "The https origin that Vast.ai delivers to, without a path."),
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
	f.bar = rows(saveBar(f.save, secondary("Saving connects again and tells Vast.ai the new address; this takes a few seconds.")), said)
	return f
}

func (f *addressForm) content() fyne.CanvasObject { return f.box }

func (f *addressForm) foot() fyne.CanvasObject { return f.bar }

// refresh says which address is in use, and whether it works.
func (f *addressForm) refresh() {
	s := f.w.ui.o.Backend.Status()
	hop, text := s.Hop(bridge.HopAddress), "No address is in use now."
	if s.Address != "" {
		text = joined("In use now: "+oneLine(s.Address, maxLine), hopWord(hop.State))
	}
	icon := hopMark(hop.State)
	if hop.State == bridge.HopFailing {
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
	f.way.SetSelected(ngrokWords)
	if s.Tunnel == config.TunnelURL {
		f.way.SetSelected(ownWords)
	}
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
		if wrong := checkOrigin(strings.TrimSpace(f.public.Text)); wrong != "" {
			return wrong
		}
		return checkListen(strings.TrimSpace(f.listen.Text))
	}
	return checkDomain(strings.TrimSpace(f.domain.Text))
}

func (f *addressForm) apply() {
	tunnel := config.TunnelNgrok
	if f.way.Selected == ownWords {
		tunnel = config.TunnelURL
	}
	domain, public, listen := strings.TrimSpace(f.domain.Text), strings.TrimSpace(f.public.Text), strings.TrimSpace(f.listen.Text)
	f.saver.save(func(s *config.Settings) {
		s.Tunnel = tunnel
		if tunnel == config.TunnelURL {
			s.PublicURL, s.Listen = strings.TrimSuffix(public, "/"), listen
		} else {
			s.NgrokDomain = domain
		}
	}, "Saved. The main window shows when the new address works.", nil)
}

// defaultListen is the local address that an empty field stands for.
const defaultListen = "127.0.0.1:8787"

// checkDomain says what is wrong with a domain to ask ngrok for, in a sentence
// for the person; none is needed.
func checkDomain(s string) string {
	switch {
	case s == "":
		return ""
	case strings.Contains(s, "://"), strings.ContainsAny(s, "/ :@?#"):
		return "Give the domain alone, such as name.ngrok-free.app, without https:// or a path."
	case !strings.Contains(strings.Trim(s, "."), "."):
		return "A domain has a dot in it, such as name.ngrok-free.app."
	default:
		return ""
	}
}

// checkOrigin says what is wrong with a public URL, in a sentence.
func checkOrigin(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "Give the public URL."
	case err != nil || u.Hostname() == "":
		return "This is not a URL; it looks like https://relay.example.net."
	case u.Scheme != "https":
		return "The public URL must start with https://."
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "Give the public URL without a path; Vast Relay adds its own."
	default:
		return ""
	}
}

// checkListen says what is wrong with a local host:port, in a sentence; none is
// needed.
func checkListen(s string) string {
	if s == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "The local address is host:port, such as " + defaultListen + "."
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "The port is a number from 1 to 65535."
	}
	return ""
}
