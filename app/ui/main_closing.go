package ui

import (
	"context"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// closing is what the main window asks and says as it is closed and as the program
// ends.
type closing struct {
	w      *mainWindow
	asking *kit.Question // lies over the window; nil for none
}

// sayFirstTime says once for all that the program goes on without the window.
func (c *closing) sayFirstTime() {
	if !c.w.ui.parts.Settings.Store.Settings().TrayHintShown {
		c.rememberHint()
		c.sayWhereItWent()
	}
}

// rememberHint stores that the words at the first close were said.
func (c *closing) rememberHint() {
	store := c.w.ui.parts.Settings.Store
	c.w.ui.env.Work.Do(func(ctx context.Context) error {
		return store.ChangeSettings(ctx, func(s *config.Settings) { s.TrayHintShown = true })
	}, func(error) {})
}

// sayWhereItWent says that the program goes on: on the desktop, or, where that cannot
// be asked to, in the window when it is shown again.
func (c *closing) sayWhereItWent() {
	title := words.Text("window.closing.running")
	switch c.w.status.Phase {
	case status.Setup:
		title = words.Text("window.closing.setup")
	case status.Relaying:
		title = words.Text("window.closing.relaying")
	}
	text := words.Text("window.closing.tray")
	here := func() { c.w.answers.slot.Show("closed", title, kit.WrappedLabel(text)) }
	notify := c.w.ui.o.Notify
	if notify == nil {
		here()
		return
	}
	kit.Start(c.w.ui.env.Work, func(ctx context.Context) (shown bool, err error) {
		return notify(ctx, title, text), nil
	}, func(shown bool, _ error) {
		if !shown {
			here()
		}
	})
}

// askQuit quits by a key, once it is said what that means.
func (c *closing) askQuit() { c.ask(words.Text("window.closing.quit_text")) }

// askQuitWithoutTray asks where closing the window quits.
func (c *closing) askQuitWithoutTray() { c.ask(words.Text("window.closing.no_tray")) }

// ask asks whether to quit, for the reason that text gives. It must be answered before
// going on; Escape, like the second button, changes nothing.
func (c *closing) ask(text string) {
	if c.asking != nil {
		return
	}
	title, yes, no := words.Text("window.closing.quit_title"), words.Text("window.closing.quit"), words.Text("window.closing.stay")
	c.asking = kit.NewQuestion(c.w.win.Canvas(), title, text, yes, no, false, func(ok bool) {
		c.asking = nil
		if ok {
			c.w.ui.o.Quit()
		}
	})
}

// stay answers the question with no, and reports whether there was one.
func (c *closing) stay() bool {
	if c.asking == nil {
		return false
	}
	c.asking.Answer(false)
	return true
}

// stoppingDelay is how long a stop may take before it is shown: mostly it takes less.
const stoppingDelay = 300 * time.Millisecond

// showStopping lies over the window until the program ends.
func (c *closing) showStopping() {
	c.stay()
	c.w.answers.over.Close()
	lines := kit.Stack(kit.WrappedBoldLabel(words.Text("window.stopping.title")), kit.WrappedLabel(words.Text("window.stopping.text")))
	switch n := c.w.status.Waiting; {
	case n == 0:
	case c.w.status.Holds():
		lines.Add(kit.WrappedLabel(words.Plural("window.stopping.held", n)))
	default:
		lines.Add(kit.WrappedLabel(words.Plural("window.stopping.waiting", n)))
	}
	kit.ShowNotice(c.w.win.Canvas(), lines)
}
