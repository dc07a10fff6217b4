package settings

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Banners shows notifications on the desktop.
type Banners interface {
	// Describe says in a sentence what this desktop makes of notifications; works
	// reports whether it shows any.
	Describe(ctx context.Context) (sentence string, works bool)
	// Test shows one at once, whatever the settings say.
	Test(ctx context.Context) error
	// Mute keeps them back until then; the zero time: no longer.
	Mute(ctx context.Context, until time.Time) error
}

// notificationsPage is the section about notifications of the desktop: whether they
// are shown, for what, and when not.
type notificationsPage struct {
	w       *Window
	on      *kit.CheckBox
	desktop *widget.Label // what this desktop makes of notifications
	saver   *saver
	test    *kit.AsyncAction
	mute    *muteForm
	choices *fyne.Container // what can be chosen while they are on
	forms   []notificationForm
	box     *fyne.Container
}

// notificationForm is a part of the choices under a heading of its own.
type notificationForm interface {
	// show shows what is in force; from then on a click saves.
	show(n config.Notifications)
	content() fyne.CanvasObject
}

func newNotificationsPage(w *Window) *notificationsPage {
	p := &notificationsPage{w: w, desktop: kit.SmallLabel(words.Text("notifications.asking")), choices: container.NewVBox()}
	p.on = kit.NewCheckBox(words.Text("notifications.on"), nil)
	p.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { kit.EnableIf(p.on, !yes) }}
	p.test = kit.NewAsyncAction(w.env, kit.TextButton(words.Text("notifications.test"), p.tapped), words.Text("failed.notification"))
	p.mute = newMuteForm(w)
	p.forms = []notificationForm{newKindsForm(w), newNotifiedForm(w), newQuietForm(w)}
	for _, form := range p.forms {
		p.choices.Add(form.content())
	}
	buttons := container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), 0), kit.ButtonRow(p.test.Button, p.mute.button))
	p.box = container.NewVBox(
		kit.Rows(p.on, p.desktop),
		p.saver.said,
		buttons, p.test.Words, p.test.Failed, p.mute.said,
		p.choices,
	)
	return p
}

func (p *notificationsPage) content() fyne.CanvasObject { return p.box }

func (p *notificationsPage) foot() fyne.CanvasObject { return nil }

// open shows what is in force, and asks the desktop what it can do.
func (p *notificationsPage) open() {
	n := p.w.deps.Parts.Store.Settings().Notifications
	p.on.OnChanged = nil
	p.on.SetChecked(!n.Off)
	p.on.OnChanged = p.switchTo
	kit.ShowIf(p.choices, !n.Off)
	for _, form := range p.forms {
		form.show(n)
	}
	p.test.Forget()
	p.mute.show(n)
	p.describe()
}

// refresh shows what can have changed outside of the page: muting from elsewhere.
func (p *notificationsPage) refresh() { p.mute.show(p.w.deps.Parts.Store.Settings().Notifications) }

// describe says what this desktop makes of notifications.
func (p *notificationsPage) describe() {
	type answer struct {
		sentence string
		works    bool
	}
	kit.Start(p.w.env.Work, func(ctx context.Context) (answer, error) {
		sentence, works := p.w.deps.Parts.Banners.Describe(ctx)
		return answer{sentence, works}, nil
	}, func(a answer, _ error) {
		p.desktop.Importance = widget.LowImportance
		if !a.works {
			p.desktop.Importance = widget.WarningImportance
		}
		p.desktop.SetText(a.sentence)
		p.w.relayout()
	})
}

// switchTo turns all notifications on or off.
func (p *notificationsPage) switchTo(on bool) {
	kit.ShowIf(p.choices, on)
	said := words.Text("notifications.switched_on")
	if !on {
		said = words.Text("notifications.switched_off")
	}
	p.saver.save(func(s *config.Settings) { s.Notifications.Off = !on }, said)
	p.mute.show(config.Notifications{Off: !on, MutedUntil: p.mute.until})
}

// tapped shows a test notification.
func (p *notificationsPage) tapped() {
	p.test.Run(func(ctx context.Context) (string, error) {
		return words.Text("notifications.tested"), p.w.deps.Parts.Banners.Test(ctx)
	}, func(error) {
		p.describe()
		p.w.reveal(p.test.Words)
	})
}

// muteForm is the button that mutes notifications for a while, and what it says while
// they are.
type muteForm struct {
	w      *Window
	button *kit.Button
	said   *fyne.Container
	until  time.Time // zero: they are not muted
	stop   func()    // ends the wait for the end of the muting; nil while there is none
}

func newMuteForm(w *Window) *muteForm {
	f := &muteForm{w: w, said: container.NewVBox()}
	f.button = kit.TextButton(words.Text("notifications.mute"), f.tapped)
	return f
}

// show shows whether notifications are muted; once they no longer are, it shows that.
func (f *muteForm) show(n config.Notifications) {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
	now := f.w.env.Now()
	f.until = time.Time{}
	kit.ShowIf(f.button, !n.Off)
	if n.Off || !n.Muted(now) {
		f.button.SetText(words.Text("notifications.mute"))
		f.say(nil)
		return
	}
	f.until = n.MutedUntil
	f.button.SetText(words.Text("notifications.unmute"))
	f.say(kit.WrappedLabel(words.Text("notifications.muted", words.Args{"Time": words.Moment(f.until, now)})))
	f.stop = f.w.env.Work.After(f.until.Sub(now), func() { f.show(f.w.deps.Parts.Store.Settings().Notifications) })
}

// tapped mutes notifications, or no longer.
func (f *muteForm) tapped() {
	var until time.Time
	if f.until.IsZero() {
		until = f.w.env.Now().Add(config.MuteFor)
	}
	f.button.Disable()
	f.w.env.Work.Do(func(ctx context.Context) error {
		return f.w.deps.Parts.Banners.Mute(ctx, until)
	}, func(err error) {
		f.button.Enable()
		f.show(f.w.deps.Parts.Store.Settings().Notifications)
		if err != nil {
			f.say(f.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.save_settings"), err)))
		}
	})
}

// say puts o below the buttons; nil: nothing.
func (f *muteForm) say(o fyne.CanvasObject) {
	f.said.Objects = nil
	if o != nil {
		f.said.Objects = []fyne.CanvasObject{o}
	}
	f.w.relayout()
}
