package launch

import (
	"context"
	"errors"
	"log/slog"

	"vastrelay/app/health"
	"vastrelay/app/ui/tray"
)

// lateWindows are the windows of a program that started in the tray and has not tried
// OpenGL yet: the first that is to be shown tries it. Without it the toolkit would end
// the process. UI goroutine only.
type lateWindows struct {
	windows
	menuActions

	check   func() error    // tries OpenGL until it has worked
	refused func(err error) // told each time that no window can be shown
}

var (
	_ windows     = (*lateWindows)(nil)
	_ menuActions = (*lateWindows)(nil)
)

// show calls f, which shows a window, if one can be shown.
func (l *lateWindows) show(f func()) {
	if err := l.check(); err != nil {
		l.refused(err)
		return
	}
	f()
}

// ShowMain implements windows.
func (l *lateWindows) ShowMain() { l.show(l.windows.ShowMain) }

// ShowEvent implements windows.
func (l *lateWindows) ShowEvent(id string) { l.show(func() { l.windows.ShowEvent(id) }) }

// ShowHop implements windows.
func (l *lateWindows) ShowHop(name health.HopName) { l.show(func() { l.windows.ShowHop(name) }) }

// ShowSettings implements windows.
func (l *lateWindows) ShowSettings(section string) {
	l.show(func() { l.windows.ShowSettings(section) })
}

// SendTest implements menuActions: the window shows the test.
func (l *lateWindows) SendTest() { l.show(l.menuActions.SendTest) }

// AskResume implements menuActions.
func (l *lateWindows) AskResume() { l.show(l.menuActions.AskResume) }

// refuseWindow says why no window can be shown. The program goes on where its icon can
// be reached in the tray, and stops where nothing of it would be seen. notify is that
// of Options.
func (s *session) refuseWindow(why error, notify func(ctx context.Context, title, text string) bool) {
	s.work.Go(func() {
		if !tray.Available(s.ctx) && s.ctx.Err() == nil {
			s.stop(why)
			s.loop.post(s.quit)
			return
		}
		slog.ErrorContext(s.ctx, "showing a window", "err", why)
		if problem, ok := errors.AsType[health.Problem](why); ok && notify != nil {
			notify(s.ctx, problem.Headline.Text(), problem.Cause.Text())
		}
	})
}
