package ui

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
)

// saver saves one change of the settings and says in place what became of it.
type saver struct {
	w    *settingsWindow
	said *fyne.Container
	busy func(bool) // greys the form out while it is being saved
}

// save lets change alter the settings in force and stores them; done, which
// may be nil, runs when they are stored.
func (s *saver) save(change func(*config.Settings), success string, done func()) {
	s.busy(true)
	s.say(secondary("Saving" + cutMark))
	b := s.w.ui.o.Backend
	s.w.work.do(func(ctx context.Context) error {
		next := b.Settings()
		change(&next)
		return b.SaveSettings(ctx, next)
	}, func(err error) {
		s.busy(false)
		if err != nil {
			s.say(s.w.ui.problemPanel(problemOf(err, "save the settings")))
			return
		}
		s.say(wrapped(success))
		if done != nil {
			done()
		}
	})
}

func (s *saver) say(o fyne.CanvasObject) {
	s.said.Objects = []fyne.CanvasObject{o}
	s.w.relayout()
}

// messageForm is the section about how a message looks.
type messageForm struct {
	w     *settingsWindow
	radio *widget.RadioGroup
	saver *saver
	box   *fyne.Container
}

// The two forms in words.
const (
	cardWords = "Card, with a title, the details and a button to Vast.ai"
	textWords = "Plain text, like a message that someone typed"
)

func newMessageForm(w *settingsWindow) *messageForm {
	f := &messageForm{w: w}
	said := container.NewVBox()
	f.radio = widget.NewRadioGroup([]string{cardWords, textWords}, nil)
	f.radio.Required = true
	f.saver = &saver{w: w, said: said, busy: func(yes bool) { enableIf(f.radio, !yes) }}
	f.box = container.NewVBox(
		wrapped("How should an event look in Chat?"),
		f.radio,
		secondary("A space that refuses cards gets plain text by itself. The next event uses the new form; earlier messages stay as they are."),
		said,
	)
	return f
}

func (f *messageForm) content() fyne.CanvasObject { return f.box }

func (f *messageForm) foot() fyne.CanvasObject { return nil }

func (f *messageForm) refresh() {}

// open shows the form in force; from then on a click saves.
func (f *messageForm) open() {
	f.radio.OnChanged = nil
	f.radio.SetSelected(cardWords)
	if f.w.ui.o.Backend.Settings().Form == config.FormText {
		f.radio.SetSelected(textWords)
	}
	f.radio.OnChanged = func(picked string) {
		form := config.FormCard
		if picked == textWords {
			form = config.FormText
		}
		f.saver.save(func(s *config.Settings) { s.Form = form }, "Saved.", nil)
	}
}

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
	save   *widget.Button
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
	f.wrong = wrapped("")
	f.wrong.Importance = widget.DangerImportance
	f.save = primary("Save", f.apply)
	said := container.NewVBox()
	f.saver = &saver{w: w, said: said, busy: func(yes bool) { enableIf(f.save, !yes) }}
	f.box = container.NewVBox(
		wrapped("Vast.ai delivers events to a public address that leads to this computer."),
		f.way, f.ngrok, f.own, f.wrong,
	)
	f.bar = rows(saveBar(f.save, secondary("Saving connects again and tells Vast.ai the new address; this takes a few seconds.")), said)
	return f
}

func (f *addressForm) content() fyne.CanvasObject { return f.box }

func (f *addressForm) foot() fyne.CanvasObject { return f.bar }

func (f *addressForm) refresh() {}

// open shows the settings in force.
func (f *addressForm) open() {
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
	err := f.problem()
	f.wrong.Hide()
	enableIf(f.save, err == nil)
	if err != nil {
		f.wrong.SetText(err.Error())
		showIf(f.wrong, f.way.Selected == ngrokWords || f.public.Text != "")
	}
	f.w.relayout()
}

// problem says what is wrong in the fields that are shown.
func (f *addressForm) problem() error {
	if f.way.Selected == ownWords {
		return errors.Join(checkOrigin(strings.TrimSpace(f.public.Text)), checkListen(strings.TrimSpace(f.listen.Text)))
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

// checkDomain says what is wrong with a domain to ask ngrok for; empty is fine.
func checkDomain(s string) error {
	switch {
	case s == "":
		return nil
	case strings.Contains(s, "://"), strings.ContainsAny(s, "/ :@?#"):
		return errors.New("Give the domain alone, such as name.ngrok-free.app, without https:// or a path.") //nolint:staticcheck,revive // A sentence for the person.
	case !strings.Contains(strings.Trim(s, "."), "."):
		return errors.New("A domain has a dot in it, such as name.ngrok-free.app.") //nolint:staticcheck,revive // A sentence for the person.
	default:
		return nil
	}
}

// checkOrigin says what is wrong with a public URL.
func checkOrigin(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return errors.New("Give the public URL.") //nolint:staticcheck,revive // A sentence for the person.
	case err != nil || u.Hostname() == "":
		return errors.New("This is not a URL; it looks like https://relay.example.net.") //nolint:staticcheck,revive // A sentence for the person.
	case u.Scheme != "https":
		return errors.New("The public URL must start with https://.") //nolint:staticcheck,revive // A sentence for the person.
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("Give the public URL without a path; Vast Relay adds its own.") //nolint:staticcheck,revive // A sentence for the person.
	default:
		return nil
	}
}

// checkListen says what is wrong with a local host:port; empty is fine.
func checkListen(s string) error {
	if s == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return errors.New("The local address is host:port, such as " + defaultListen + ".") //nolint:staticcheck,revive // A sentence for the person.
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return errors.New("The port is a number from 1 to 65535.") //nolint:staticcheck,revive // A sentence for the person.
	}
	return nil
}

// saveBar is a button to save with what it will do beside it.
func saveBar(save *widget.Button, plan *widget.Label) fyne.CanvasObject {
	return border(nil, nil, container.NewVBox(spacer(), save, spacer()), nil, middle(plan))
}

// field is an entry under its name, with a hint below.
func field(name string, e fyne.CanvasObject, hint string) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(-2), bold(name), e, secondary(hint))
}

// enableIf enables or disables d.
func enableIf(d fyne.Disableable, yes bool) {
	if yes {
		d.Enable()
	} else {
		d.Disable()
	}
}

// aboutPage is the section about the program.
type aboutPage struct{ box *fyne.Container }

func newAboutPage(w *settingsWindow) *aboutPage {
	about := w.ui.o.About
	if about.Version == "" {
		about.Version = "development build"
	}
	if about.Licence == "" {
		about.Licence = "MIT"
	}
	facts := rows()
	add := func(name, value string) {
		if value == "" {
			return
		}
		text := wrapped(value)
		text.Wrapping = fyne.TextWrapBreak
		text.Selectable = true
		facts.Add(border(nil, nil, atLeast(timeColumn, 0, container.NewVBox(bold(name))), nil, text))
	}
	add("Version", about.Version)
	add("Data folder", about.DataFolder)
	add("Licence", about.Licence)
	return &aboutPage{box: container.NewVBox(
		wrapped("Vast Relay carries Vast.ai notifications into Google Chat."),
		facts,
		secondary("Events and settings lie in the data folder. Credentials are kept in the system keyring and nowhere else."),
	)}
}

func (p *aboutPage) content() fyne.CanvasObject { return p.box }

func (p *aboutPage) foot() fyne.CanvasObject { return nil }

func (p *aboutPage) open() {}

func (p *aboutPage) refresh() {}
