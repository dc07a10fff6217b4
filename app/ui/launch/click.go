package launch

import (
	"context"
	"log/slog"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/tray"
	"vastrelay/relay"
)

// click does what an item of the tray menu asks for, on the UI goroutine.
func (s *session) click(item tray.Item) {
	switch item.Command {
	case tray.CommandNone:
	case tray.CommandOpen:
		s.windows.ShowMain()
	case tray.CommandEvent:
		s.windows.ShowEvent(item.EventID)
	case tray.CommandCopyAddress:
		s.actions.CopyAddress()
	case tray.CommandSendTest:
		s.actions.SendTest()
	case tray.CommandMute:
		s.mute(time.Now().Add(config.MuteFor))
	case tray.CommandUnmute:
		s.mute(time.Time{})
	case tray.CommandSettings:
		s.windows.ShowSettings("")
	case tray.CommandQuit:
		s.quit()
	case tray.CommandPause:
		s.pause()
	case tray.CommandStart:
		s.do("start", func(ctx context.Context) error { return s.parts.Controls.Perform(ctx, health.ActionStart) })
	case tray.CommandResume:
		s.resume()
	}
}

// pause holds what is posted until the person resumes. A menu or a notification can
// offer that for longer than it is true: a pause that goes on keeps its end.
func (s *session) pause() {
	if s.parts.Status.Status().Holds() {
		s.windows.ShowMain()
		return
	}
	s.do("pause", func(ctx context.Context) error { return s.parts.Controls.Pause(ctx, time.Time{}) })
}

// resume ends the pause at once when nothing is held. Else the person decides
// in the window what becomes of it.
func (s *session) resume() {
	if s.parts.Status.Status().Waiting > 0 {
		s.actions.AskResume()
		return
	}
	s.do("resume", func(ctx context.Context) error { return s.parts.Controls.Resume(ctx, false) })
}

// do runs work that may block off the UI goroutine. What goes wrong is shown by
// the window, which says the cause and has the button that helps.
func (s *session) do(name string, work func(context.Context) error) {
	s.work.Go(func() {
		err := work(s.ctx)
		if err == nil || s.ctx.Err() != nil {
			return
		}
		slog.WarnContext(s.ctx, "tray command", "command", name, "err", err)
		s.loop.post(s.windows.ShowMain)
	})
}

// setUp reports whether the person has nothing left to do before the program
// can work out of sight.
func setUp(s status.Status) bool { return s.Phase != status.Setup }

// eventsForTray reads what the tray tells of events.
func (s *session) eventsForTray(ctx context.Context, limit int) (tray.Events, error) {
	recent, err := s.parts.History.Events(ctx, relay.Query{Limit: limit})
	if err != nil {
		return tray.Events{}, err
	}
	unread, err := s.parts.History.Unread(ctx)
	return tray.Events{Recent: recent, Unread: unread}, err
}
