package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"vastrelay/app/bridge"
	"vastrelay/app/commands"
	"vastrelay/app/control"
	"vastrelay/app/desktop/autostart"
	"vastrelay/app/logging"
	"vastrelay/app/proxy"
	"vastrelay/app/restart"
	"vastrelay/app/updates"
)

// Program is one run of the program. It starts its parts, stops them, and closes
// what was opened for them.
type Program struct {
	log      *slog.Logger
	logFile  *logging.Output
	folder   *dataFolder
	desktop  Desktop
	commands commands.Program
	services []service
	again    *restart.Program
	refuse   func()        // makes the receiver answer 503, and notes that a stop was asked for
	show     chan struct{} // another start asks for the window; nil: there is none
	closers  closers
}

// Desktop is what a window shows and does, by subject. All of it is safe for
// concurrent use.
type Desktop struct {
	Bridge    *bridge.Bridge // status, credentials, tests, pause
	History   *History
	Resender  *Resender
	Settings  *SettingsEditor
	Messages  *Messages
	Gaps      *Gaps
	Demo      *DemoControls
	Cleaner   *Cleaner
	Updates   *updates.Checker
	Folder    string // that holds the program's data
	System    System
	Support   Support
	Lifecycle Lifecycle
}

// System is where the program meets the desktop and the network of this computer.
type System struct {
	Banners *Banners         // notifications of the desktop
	Login   *autostart.Login // the entry by which the system opens the program at login
	Proxy   *proxy.Dialer
}

// Support is for finding out what is wrong.
type Support struct {
	Doctor      *Doctor
	LastRun     *LastRun
	Diagnostics *Diagnostics // makes the report for somebody who helps
}

// Lifecycle is how the windows and the rest of the program come up and end together.
type Lifecycle struct {
	// Show yields a value whenever another start of the program asks this one to
	// show its window.
	Show <-chan struct{}
	// Stop begins the stop of everything that runs beside the windows and returns
	// at once. cause says why the windows are gone; nil: a person quit. The window
	// calls it before it takes itself down, because that may hang. Only the first
	// call counts.
	Stop func(cause error)
	// Stopped is closed once everything that Stop begins to stop has ended.
	Stopped <-chan struct{}
	Again   *restart.Program // starts the program anew
}

// service is a part that runs until ctx ends.
type service struct {
	name string // what it does, for the log
	run  func(ctx context.Context) error
}

// start runs the services until ctx ends; wait returns after all have ended.
// failed is told of a service that ended by itself.
func (p *Program) start(ctx context.Context, failed func(error)) (wait func()) {
	// The receiver answers 503 from the first moment of a stop, so that Vast.ai
	// keeps what can no longer be taken.
	stop := context.AfterFunc(ctx, p.refuse)
	var group sync.WaitGroup
	for _, s := range p.services {
		group.Go(func() {
			if err := s.run(ctx); err != nil && ctx.Err() == nil {
				failed(fmt.Errorf("%s: %w", s.name, err))
			}
		})
	}
	group.Go(func() {
		if err := control.Serve(ctx, p.folder.dir, control.Handlers{SecondStart: p.answerSecondStart, Commands: commands.Handlers(p.commands)}); err != nil {
			p.log.Warn("neither a second start nor a command can speak to this copy", "err", err)
		}
	})
	return func() {
		group.Wait()
		stop()
	}
}

// close closes what was opened for this run. A second call does nothing.
func (p *Program) close() { p.closers.close(p.log) }

// closers are closed together, in the reverse order of their opening: the log
// file outlives the parts that log.
type closers []io.Closer

func (c *closers) add(closer io.Closer) { *c = append(*c, closer) }

func (c *closers) close(log *slog.Logger) {
	for i := len(*c) - 1; i >= 0; i-- {
		if err := (*c)[i].Close(); err != nil {
			log.Warn("closing", "err", err)
		}
	}
	*c = nil
}

// closer makes a plain function an io.Closer.
type closer func()

func (c closer) Close() error { c(); return nil }
