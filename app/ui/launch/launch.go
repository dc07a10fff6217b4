// Package launch starts the toolkit: it makes the app, the windows and the tray
// icon, runs the event loop and takes everything down in order. It is the only
// package that brings in the native driver, so that everything else builds and
// tests without a C compiler.
//
// # Concurrency
//
// Run belongs on the main goroutine, because every windowing system demands
// that, and can run once in a process. Everything that reaches the widgets from
// elsewhere goes through one loop value, which is the only user of the
// toolkit's own dispatcher.
//
// # Ownership
//
// Run owns the app, the windows, the tray driver and the goroutines that carry
// out clicks in the tray; all have ended when it returns. The parts of the program
// belong to the caller and outlive them.
package launch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"vastrelay/app/banners"
	"vastrelay/app/config"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/tray"
	"vastrelay/relay/tunnel"
)

// ID is the application id by which the desktop knows the program.
const ID = "app.vastrelay.desktop"

// Options says how to start. The zero value shows the window.
type Options struct {
	// Hidden starts in the tray. It is a wish: without a tray the window is shown
	// minimised, and before the set-up is complete it is shown as usual.
	Hidden bool
	// Show brings the window to the front for each value, until it is closed;
	// nil is allowed.
	Show <-chan struct{}
	// Clicks are what a person asks for by clicks on notifications; nil is allowed.
	Clicks <-chan banners.Target
	// Notify and Watching are those of ui.Options.
	Notify   func(ctx context.Context, title, text string) (shown bool)
	Watching func(yes bool)
	// Stop is called, from any goroutine and perhaps more than once, before the
	// windows are taken down, which may take for ever: with nil when a person
	// quits, else with the reason. nil is allowed.
	Stop func(cause error)
	// Stopped is closed once all that Stop begins has ended; nil: nobody says.
	Stopped <-chan struct{}
	// Vendors are the tunnels that can be chosen; the first is the default.
	Vendors []tunnel.Vendor
	// About is what the settings say of the program.
	About ui.About
	// WindowFile is where the size of the main window is kept from one run to
	// the next; empty: it is not kept.
	WindowFile string
}

// Run shows p until the person quits or ctx ends; both return nil. The error
// says why no window can be shown.
func (k *Toolkit) Run(ctx context.Context, p ui.Parts, o Options) error {
	stop := o.Stop
	if stop == nil {
		stop = func(error) {}
	}
	forget := onDisplayLost(func() { displayLost(stop) })
	defer forget()
	hidden := o.Hidden && setUp(p.Status.Status())
	if err := k.CheckDisplay(ctx, hidden); err != nil {
		return err
	}
	filterToolkitLog() // for good: the toolkit's goroutines outlive the loop
	a := k.theApp()

	// What is cancelled here ends before Run returns, whatever ended the loop.
	ctx, cancel := context.WithCancel(ctx)
	s := &session{app: a, parts: p, loop: &loop{}, ctx: ctx, stop: stop, stopped: o.Stopped}
	closeWindows := s.open(k, o, hidden)
	defer onSessionEnd(s.endWithSession)()
	tearDown := sync.OnceFunc(func() {
		s.loop.end()
		cancel()
		closeWindows()
		s.work.Wait()
	})
	// Where the system ends the program without returning from the loop, as the
	// macOS dock can, this hook is all there is.
	a.Lifecycle().SetOnStopped(tearDown)
	a.Run()
	tearDown()
	return nil
}

// windows brings up what the tray, notifications and a second start ask for.
type windows interface {
	ShowMain()
	ShowEvent(id string)
	ShowHop(name health.HopName)
	ShowSettings(section string)
}

// menuActions is what the tray's menu has the windows do.
type menuActions interface {
	CopyAddress()
	SendTest()
	AskResume()
}

// session is one run of the toolkit.
type session struct {
	app     fyne.App
	parts   ui.Parts
	windows windows
	actions menuActions
	main    fyne.Window
	loop    *loop
	tray    *tray.Driver      // nil: there is none
	stop    func(cause error) // begins the stop of what runs beside the windows

	stopped  <-chan struct{} // closed once that stop has ended; nil: nobody says
	stopping func()          // shows that it has begun
	quitting bool            // it has begun; UI goroutine only

	ctx  context.Context //nolint:containedctx // It ends the work that clicks start, and clicks carry none.
	work sync.WaitGroup  // every goroutine of the session
}

// speak has the toolkit and the tray speak the language in use.
func (s *session) speak() {
	if err := translateToolkit(); err != nil {
		slog.WarnContext(s.ctx, "translating the toolkit", "err", err)
	}
	if s.tray != nil {
		s.tray.Changed()
	}
}

// open makes the windows and the tray and starts what keeps them up to date. hidden
// leaves the windows off the screen. closeWindows ends the work of the windows and
// waits for it.
func (s *session) open(k *Toolkit, o Options, hidden bool) (closeWindows func()) {
	s.app.Settings().SetTheme(settings.Theme(s.parts.Settings.Store.Settings().General))
	s.speak()
	host := s.trayHost()
	canTray := host != nil && tray.Possible(s.ctx)
	windows := ui.New(s.app, s.parts, ui.Options{
		Post:            s.loop.post,
		Now:             time.Now,
		HasTray:         func() bool { return canTray && tray.Available(s.ctx) },
		Notify:          o.Notify,
		Watching:        o.Watching,
		Quit:            s.quit,
		Vendors:         o.Vendors,
		About:           o.About,
		Window:          windowStore(o.WindowFile),
		Screen:          screenSize,
		LanguageChanged: s.speak,
	})
	s.windows, s.actions, s.main, s.stopping = windows, windows, windows.Main(), windows.ShowStopping
	s.app.Lifecycle().SetOnEnteredForeground(func() { windows.SetForeground(true) })
	s.app.Lifecycle().SetOnExitedForeground(func() { windows.SetForeground(false) })
	// The window first: the toolkit draws it here, and may open another one for the tray.
	if !k.openGL {
		late := &lateWindows{windows: s.windows, menuActions: s.actions, check: func() error { return k.checkOpenGL(s.ctx) }}
		late.refused = func(err error) { s.refuseWindow(err, o.Notify) }
		s.windows, s.actions = late, late
	}
	s.show(hidden, canTray)
	if canTray {
		s.openTray(host)
	}
	s.work.Go(func() { s.await(o.Show) })
	s.work.Go(func() { s.followBanners(o.Clicks) })
	return windows.Close
}

// trayHost shows the tray icon.
type trayHost interface {
	tray.Host
	begin() // once the toolkit's loop runs
}

// toolkitTray is the toolkit's own, which begins by itself.
type toolkitTray struct{ desktop.App }

func (toolkitTray) begin() {}

// trayHost returns what shows the tray icon; nil where nothing can.
func (s *session) trayHost() trayHost {
	if own := newOwnTray(s); own != nil {
		return own
	}
	if host, ok := s.app.(desktop.App); ok {
		return toolkitTray{host}
	}
	return nil
}

// openTray shows the icon and keeps it like the status.
func (s *session) openTray(host trayHost) {
	nameIcon(tray.Title)
	onIconTapped(func() { s.loop.post(s.windows.ShowMain) })
	s.tray = tray.New(tray.Options{
		Host:          host,
		Post:          s.loop.post,
		Now:           time.Now,
		Status:        s.parts.Status.Status,
		Notifications: func() config.Notifications { return s.parts.Settings.Store.Settings().Notifications },
		Events:        s.eventsForTray,
		Name:          renameIcon,
		Click:         s.click,
	})
	s.tray.Start()
	s.interceptSystemQuit()
	s.work.Go(func() {
		stop := s.parts.Status.Watch(func(news status.Change) {
			if news.Has(status.StatusChanged | status.EventsChanged | status.SettingsChanged | status.EventsRead) {
				s.tray.Changed()
			}
		})
		defer stop()
		s.tray.Run(s.ctx)
	})
	s.app.Lifecycle().SetOnStarted(func() {
		host.begin()
		s.work.Go(func() {
			tray.Keep(s.ctx, tray.KeepOptions{Post: s.loop.post, Restart: restartIcon, Reachable: s.tray.Reachable})
		})
	})
}

// show shows the main window; hidden leaves it off the screen if a tray comes up in
// time, and minimises it else. After a login the program may well be there before the
// panel.
func (s *session) show(hidden, canTray bool) {
	switch {
	case !hidden:
		s.windows.ShowMain()
	case !canTray:
		s.loop.post(s.showMinimised)
	default:
		s.work.Go(func() {
			if !tray.Await(s.ctx) && s.ctx.Err() == nil {
				s.loop.post(s.showMinimised)
			}
		})
	}
}

// showMinimised shows the main window without getting in the way of what a person does,
// where that can be done.
func (s *session) showMinimised() {
	s.windows.ShowMain()
	minimise(s.main)
}

// await shows the window for each request and quits when the session's context
// ends.
func (s *session) await(show <-chan struct{}) {
	for {
		select {
		case _, open := <-show:
			if !open {
				show = nil
				continue
			}
			s.loop.post(s.windows.ShowMain)
		case <-s.ctx.Done():
			s.loop.post(s.quit)
			return
		}
	}
}

// windowStore keeps the size of the main window in the file at path; nil, which
// keeps nothing, where path is empty.
func windowStore(path string) ui.WindowStore {
	if path == "" {
		return nil
	}
	return datadir.NewFile[ui.WindowState](path)
}
