package launch

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"vastrelay/app/banners"
	"vastrelay/app/config"
)

// followBanners does what a person asks for by clicks on notifications, until the
// session's context ends.
func (s *session) followBanners(clicks <-chan banners.Target) {
	for {
		select {
		case target := <-clicks:
			s.loop.post(func() { s.openBanner(target) })
		case <-s.ctx.Done():
			return
		}
	}
}

// openBanner does what a click on a notification asks for, on the UI goroutine.
func (s *session) openBanner(target banners.Target) {
	switch target.Command {
	case banners.CommandShow:
		s.windows.ShowMain()
	case banners.CommandEvent:
		s.windows.ShowEvent(target.EventID)
	case banners.CommandHop:
		s.windows.ShowHop(target.Hop)
	case banners.CommandPause:
		s.pause()
	case banners.CommandMute:
		s.mute(time.Now().Add(config.MuteFor))
	case banners.CommandPage:
		s.openPage(target.Page)
	}
}

// mute keeps notifications back until then; the zero time: no longer.
func (s *session) mute(until time.Time) {
	s.do("mute", func(ctx context.Context) error { return s.parts.Settings.Banners.Mute(ctx, until) })
}

// openPage opens a web page in the person's browser, which may take a while to start.
func (s *session) openPage(page string) {
	address, err := url.Parse(page)
	if err != nil {
		return
	}
	s.work.Go(func() {
		if err := s.app.OpenURL(address); err != nil {
			slog.WarnContext(s.ctx, "opening a page", "err", err)
		}
	})
}
