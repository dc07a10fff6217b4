package settings

import (
	"slices"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
)

// messageForm is the section about how a message looks and where it stands.
type messageForm struct {
	w       *Window
	radio   *kit.RadioList
	threads *kit.RadioList
	saver   *saver // answers under the form
	places  *saver // answers under the threads
	speaks  *messageLanguage
	preview *fyne.Container // an event in the form that is picked
	box     *fyne.Container
}

// formChoices are the forms of a message, in words.
func formChoices() []string { return []string{formWords(config.FormCard), formWords(config.FormText)} }

func newMessageForm(w *Window) *messageForm {
	f := &messageForm{w: w, preview: container.NewStack()}
	f.speaks = newMessageLanguage(w, f.show)
	f.radio = kit.NewRadioList(formChoices(), nil)
	f.threads = kit.NewRadioList(wordsOf(config.ThreadChoices(), threadWords), nil)
	busy := func(yes bool) { kit.EnableIf(f.radio, !yes); kit.EnableIf(f.threads, !yes) }
	f.saver = &saver{w: w, said: container.NewVBox(), busy: busy}
	f.places = &saver{w: w, said: container.NewVBox(), busy: busy}
	f.box = container.NewVBox(
		kit.WrappedLabel(words.Text("settings.messages.form")),
		f.radio,
		f.saver.said,
		kit.WrappedLabel(words.Text("settings.messages.threads")),
		f.threads,
		f.places.said,
		kit.SmallLabel(words.Text("settings.messages.threads_note")),
		f.speaks.box,
		kit.SectionHeading(words.Text("settings.messages.preview")),
		kit.AlignWithText(f.preview),
		kit.SmallLabel(words.Text("settings.messages.form_note")),
	)
	return f
}

// selectWords offers choices, and selected with them even where it is none of
// them, as for a value that a newer version of the program wrote.
func selectWords(r *kit.RadioList, choices []string, selected string) {
	if !slices.Contains(choices, selected) {
		choices = append(choices, selected)
	}
	r.Options = choices
	r.Refresh()
	r.SetSelected(selected)
}

// unknownWords are the words for a value of a setting that a newer version of
// the program wrote.
func unknownWords(value string) string {
	return words.Text("settings.unknown", words.Args{"Value": kit.OneLine(value, 40)})
}

// formWords is a form in words.
func formWords(f config.Form) string {
	switch f {
	case config.FormCard:
		return words.Text("settings.messages.card")
	case config.FormText:
		return words.Text("settings.messages.text")
	default:
		return unknownWords(string(f))
	}
}

// threadWords is a choice of threads in words.
func threadWords(t config.Threads) string {
	switch t {
	case config.ThreadsType:
		return words.Text("settings.messages.threads_type")
	case config.ThreadsInstance:
		return words.Text("settings.messages.threads_instance")
	case config.ThreadsOff:
		return words.Text("settings.messages.threads_off")
	default:
		return unknownWords(string(t))
	}
}

func (f *messageForm) content() fyne.CanvasObject { return f.box }

func (f *messageForm) foot() fyne.CanvasObject { return nil }

func (f *messageForm) refresh() {}

// open shows what is in force; from then on a click saves.
func (f *messageForm) open() {
	inForce := f.w.deps.Parts.Store.Settings()
	f.radio.OnChanged, f.threads.OnChanged = nil, nil
	selectWords(f.radio, formChoices(), formWords(inForce.FormOrDefault()))
	selectWords(f.threads, wordsOf(config.ThreadChoices(), threadWords), threadWords(inForce.ThreadsOrDefault()))
	f.speaks.open()
	f.show()
	f.radio.OnChanged = func(string) {
		f.show()
		form := f.form()
		if f.radio.Selected == formWords(inForce.Form) {
			form = inForce.Form // also one that only a newer version knows
		}
		f.saver.save(func(s *config.Settings) { s.Form = form }, words.Text("settings.messages.form_saved"))
	}
	f.threads.OnChanged = func(picked string) {
		for _, choice := range config.ThreadChoices() {
			if threadWords(choice) == picked {
				f.places.save(func(s *config.Settings) { s.Threads = choice }, words.Text("settings.saved"))
			}
		}
	}
}

// form is the form that is picked.
func (f *messageForm) form() config.Form {
	if f.radio.Selected == formWords(config.FormText) {
		return config.FormText
	}
	return config.FormCard
}

// show draws the preview in the form that is picked.
func (f *messageForm) show() {
	f.preview.Objects = []fyne.CanvasObject{kit.ChatMessage(f.w.deps.Preview(sampleEvent(f.w.env.Now()), f.form().Rung()))}
	f.w.relayout()
}

// sampleEvent is the event of the preview.
func sampleEvent(now time.Time) relay.Event {
	return relay.Event{
		ID: "2f9c61", Role: relay.RoleClient, Type: "outbid", OccurredAt: now,
		Subject: words.Text("settings.messages.sample_subject"), Message: words.Text("settings.messages.sample_message"),
	}
}
