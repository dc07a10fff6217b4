package settings

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Login is the entry by which the system opens the program at login.
type Login interface {
	// Look reads the entry. It does not fail: what is wrong with the entry is a state
	// of it.
	Look(ctx context.Context) status.LoginItem
	// Set makes the system open the program at login, or no longer, whatever the entry
	// was before.
	Set(ctx context.Context, on bool) error
}

// loginEvery is how often the entry is read anew, at most, while the page is shown:
// anybody can change it.
const loginEvery = 5 * time.Second

// loginForm has the program opened at login, and says what the system would open.
type loginForm struct {
	w     *Window
	check *kit.CheckBox
	said  *fyne.Container // what is to be known of the entry, and the button that mends it
	box   *fyne.Container

	looked time.Time // when the entry was last asked for
	busy   bool      // it is being changed
}

func newLoginForm(w *Window) *loginForm {
	f := &loginForm{w: w, check: kit.NewCheckBox(words.Text("general.login.check"), nil), said: container.NewVBox()}
	f.check.Disable() // until it is known
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("general.login.heading")),
		kit.Rows(f.check, kit.SmallLabel(words.Text("general.login.how"))),
		f.said,
	)
	return f
}

// open reads the entry.
func (f *loginForm) open() {
	f.looked = time.Time{}
	f.refresh()
}

// refresh reads the entry anew, unless that was done a moment ago.
func (f *loginForm) refresh() {
	now := f.w.env.Now()
	if f.busy || now.Sub(f.looked).Abs() < loginEvery {
		return
	}
	f.looked = now
	kit.Start(f.w.env.Work, func(ctx context.Context) (status.LoginItem, error) {
		return f.w.deps.Parts.Login.Look(ctx), nil
	}, func(item status.LoginItem, _ error) {
		if !f.busy {
			f.show(item)
		}
	})
}

// show draws the entry as it is.
func (f *loginForm) show(item status.LoginItem) {
	f.check.OnChanged = nil
	f.check.SetChecked(item.Opens())
	f.check.OnChanged = f.set
	kit.EnableIf(f.check, item.Refused == status.LoginAllowed || item.Opens())
	f.said.RemoveAll()
	if text := loginWords(item); text != "" {
		f.said.Add(kit.WrappedLabel(text))
	}
	if item.Changed() && item.Refused == status.LoginAllowed {
		f.said.Add(kit.Indent(container.NewHBox(kit.TextButton(words.Text("general.login.mend"), func() { f.set(true) }))))
	}
	if text := refusedWords(item.Refused); text != "" {
		f.said.Add(kit.WrappedLabel(text))
	}
	f.w.relayout()
}

// set turns it on or off, and shows what the system says then.
func (f *loginForm) set(on bool) {
	f.busy = true
	f.check.Disable()
	f.say(kit.SmallLabel(words.Text("settings.saving")))
	kit.Start(f.w.env.Work, func(ctx context.Context) (status.LoginItem, error) {
		err := f.w.deps.Parts.Login.Set(ctx, on)
		return f.w.deps.Parts.Login.Look(ctx), err
	}, func(item status.LoginItem, err error) {
		f.busy = false
		f.show(item)
		switch {
		case err != nil:
			f.said.Add(f.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.login"), err)))
		case item.State == status.LoginOn:
			f.said.Add(kit.WrappedLabel(words.Text("general.login.on")))
		case item.State == status.LoginOff:
			f.said.Add(kit.WrappedLabel(words.Text("general.login.off")))
		}
		f.w.reveal(f.said)
	})
}

func (f *loginForm) say(o fyne.CanvasObject) {
	f.said.Objects = []fyne.CanvasObject{o}
	f.w.relayout()
}

// loginWords say what somebody else has made of the entry; empty where it is as the
// program has left it.
func loginWords(item status.LoginItem) string {
	command := kit.OneLine(strings.Join(item.Command, " "), kit.MaxLine)
	program := ""
	if len(item.Command) > 0 {
		program = kit.OneLine(item.Command[0], kit.MaxLine)
	}
	switch item.State {
	case status.LoginOtherProgram:
		return words.Text("general.login.other_program", words.Args{"Program": program})
	case status.LoginOtherArguments:
		return words.Text("general.login.other_arguments", words.Args{"Command": command})
	case status.LoginBroken:
		return words.Text("general.login.broken", words.Args{"Program": program})
	case status.LoginUnreadable:
		return words.Text("general.login.unreadable", words.Args{"Where": item.Where, "Details": item.Details})
	default:
		return ""
	}
}

// refusedWords say why this copy of the program cannot be opened at login.
func refusedWords(why status.LoginRefusal) string {
	switch why {
	case status.LoginAllowed:
		return ""
	case status.LoginTemporary:
		return words.Text("general.login.temporary")
	case status.LoginNotInstalled:
		return words.Text("general.login.not_installed")
	default:
		return words.Text("general.login.no_program")
	}
}
