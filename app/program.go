package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"sync"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/demo"
	"vastrelay/app/desktop"
	"vastrelay/app/health"
	"vastrelay/app/metrics"
	"vastrelay/app/reach"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// Program is the running program: the bridge, and what a window shows and does
// beside it. It satisfies the window's Backend.
type Program struct {
	*bridge.Bridge

	settings effective
	lock     *desktop.FolderLock
	store    *store.Store
	outbox   *outbox.Outbox
	receiver *intake.Receiver
	metrics  *metrics.Server // nil: off
	demo     *demo.Demo      // nil: this is no demo
	show     chan struct{}   // another start asks for the window; nil: there is none
	seat     desktop.Seat    // where the window is
	stop     context.CancelCauseFunc
	// diskTrouble wakes watchDisk: with a reason that is to be told, or an empty
	// one where it was.
	diskTrouble chan store.Reason
	notices     notices
	log         *slog.Logger
	dir         string
	folder      string      // how dir is used when it is not this program's alone; empty: it is
	closers     []io.Closer // closed in the reverse order
}

// Events lists events newest first.
func (p *Program) Events(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
	return p.store.Events(ctx, q)
}

// Event returns all that is known of one event.
func (p *Program) Event(ctx context.Context, id string) (relay.Detail, error) {
	return p.store.Detail(ctx, id)
}

// Settings returns the settings in force.
func (p *Program) Settings() config.Settings { return p.settings.Settings() }

// SaveSettings validates and stores s and makes it take effect.
func (p *Program) SaveSettings(ctx context.Context, s config.Settings) error {
	if err := p.Ended(); err != nil {
		return err // another copy may own the folder by now
	}
	before := p.settings.Settings()
	s.Space = before.Space // the Chat URL decides it; s may be older than the URL
	// The program saves by itself that the hint at the first close was shown;
	// everything else is a person's word, also for what was restored.
	s.Unconfirmed = before.Unconfirmed && s.TrayHintShown != before.TrayHintShown
	if err := p.settings.Save(s); err != nil {
		return err
	}
	if s.Label != before.Label {
		if _, ok := p.outbox.Destination(before.Space); ok {
			if _, err := p.outbox.AddDestination(ctx, before.Space, s.Label); err != nil {
				return checks.Explain(err)
			}
		}
	}
	// What only the window or the next message looks at must not make the relay
	// connect anew.
	s.TrayHintShown, s.Form, s.Threads, s.InstallationID = before.TrayHintShown, before.Form, before.Threads, before.InstallationID
	if !reflect.DeepEqual(config.Canonical(s), config.Canonical(before)) {
		p.ApplySettings()
	}
	p.showNotice()
	return nil
}

// DataDir is the folder that holds the program's data.
func (p *Program) DataDir() string { return p.dir }

// Show yields a value whenever another start of the program asks this one to
// show its window.
func (p *Program) Show() <-chan struct{} { return p.show }

func (p *Program) askShow() {
	select {
	case p.show <- struct{}{}:
	default:
	}
}

// StartDemo starts the program once more, as a demo with a folder of its own.
// It goes on when this one ends.
func (p *Program) StartDemo() error {
	path, err := os.Executable()
	if err != nil {
		return health.Problem{Headline: "The demo could not be started", Cause: "The program cannot find itself.", Next: "Start it with --demo.", Details: err.Error()}
	}
	cmd := exec.CommandContext(context.Background(), path, "--demo") //nolint:gosec // The program itself; it outlives this one on purpose.
	if err := cmd.Start(); err != nil {
		return health.Problem{Headline: "The demo could not be started", Next: "Start the program with --demo.", Details: err.Error()}
	}
	go func() { _ = cmd.Wait() }() // so that no dead process stays behind; ends with this program at the latest
	return nil
}

// DemoSpace returns the messages of the demo's Chat space; nil outside it.
func (p *Program) DemoSpace() []status.DemoMessage {
	if p.demo == nil {
		return nil
	}
	return p.demo.Messages()
}

// SendDemoEvent makes the demo's Vast.ai send one event.
func (p *Program) SendDemoEvent(ctx context.Context) error {
	if p.demo == nil {
		return health.Problem{Headline: "This is not the demo"}
	}
	return p.demo.Send(ctx)
}

// start runs the parts until ctx ends; wait returns after all have ended.
// failed is told of a part that ended by itself.
func (p *Program) start(ctx context.Context, failed func(error)) (wait func()) {
	var group sync.WaitGroup
	run := func(name string, f func(context.Context) error) {
		group.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				failed(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	// The receiver answers 503 from the first moment of a stop, so that
	// Vast.ai keeps what we can no longer take.
	stop := context.AfterFunc(ctx, p.receiver.Stop)
	run("post to Google Chat", p.outbox.Run)
	run("bring the relay up", p.Run)
	group.Go(func() { p.upkeep(ctx) })
	group.Go(func() { p.watchDisk(ctx) })
	group.Go(func() { reach.WatchTime(ctx, p.Reports().Woke, p.Reports().ClockSet) })
	if p.metrics != nil {
		run("serve the status", p.metrics.Run)
	}
	if p.demo != nil {
		run("play the demo", p.demo.Run)
	}
	group.Go(func() {
		if err := desktop.Serve(ctx, p.dir, p.answerSecondStart); err != nil {
			p.log.Warn("a second start cannot ask this copy", "err", err)
		}
	})
	return func() {
		group.Wait()
		stop()
	}
}

// runHeadless runs until ctx ends, until it is clear that only a person can
// make it start, or until a part fails: whatever watches over it starts it anew.
func (p *Program) runHeadless(asked context.Context) error {
	defer p.close()
	boundMemory()
	ctx, cancel := context.WithCancelCause(asked)
	defer cancel(nil)
	stop := p.Watch(p.watchdog(cancel))
	defer stop()
	wait := p.start(ctx, cancel)
	<-ctx.Done()
	began := time.Now()
	wait()
	p.log.Info("stopped", "took", time.Since(began).Round(time.Millisecond).String())
	if asked.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// watchdog returns a watcher that logs phases, and ends the run when it cannot
// start until a person changes something. A credential that is refused later
// leaves the program running in attention.
func (p *Program) watchdog(end context.CancelCauseFunc) func() {
	var (
		mu    sync.Mutex
		phase status.Phase
		cause string
		start startWatch
	)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		s := p.Status()
		if s.Phase != phase || s.Phase == status.Attention && s.Headline != cause {
			p.log.Info("phase", "phase", string(s.Phase), "headline", s.Headline, "cause", s.Cause, "address", s.Address)
		}
		phase, cause = s.Phase, s.Headline
		if problem, hopeless := start.look(s); hopeless {
			end(&permanentError{problem})
		}
	}
}

// startWatch tells a start that cannot succeed from trouble later on.
type startWatch struct{ succeeded bool }

// look reports why the start cannot succeed until a person changes something.
// Once it has succeeded, it never does.
func (w *startWatch) look(s status.Status) (problem health.Problem, hopeless bool) {
	switch s.Phase {
	case status.Relaying, status.Paused, status.Standby:
		w.succeeded = true
	}
	if w.succeeded {
		return health.Problem{}, false
	}
	return needsPerson(s)
}

// needsPerson reports whether s cannot get better by itself.
func needsPerson(s status.Status) (health.Problem, bool) {
	if s.Phase == status.Setup {
		p := health.Problem{Headline: s.Headline, Cause: s.Cause, Next: "Give it in the environment, or paste it in the window of the desktop program."}
		return p, true
	}
	if s.Phase != status.Attention {
		return health.Problem{}, false
	}
	if chat := s.Hop(health.HopChat); chat.State == health.HopFailing && s.Space != "" && s.Headline == chat.Detail {
		return health.Problem{}, false // a refusal of an earlier run; it is tried again
	}
	problem := health.Problem{Headline: s.Headline, Next: s.Cause}
	for _, h := range s.Hops {
		if h.Detail == s.Headline && (h.Final || h.Retried) {
			return problem, h.Final
		}
	}
	switch s.Action {
	case health.ActionReplaceKey, health.ActionReplaceChatURL, health.ActionReplaceToken, health.ActionTunnelSettings,
		health.ActionSetUp, health.ActionUnlockKeyring, health.ActionCreateKeyring, health.ActionChooseWebhook:
		return problem, true
	default:
		return health.Problem{}, false
	}
}

// close closes what wire opened, in the reverse order.
func (p *Program) close() {
	for i := len(p.closers) - 1; i >= 0; i-- {
		if err := p.closers[i].Close(); err != nil {
			p.log.Warn("closing", "err", err)
		}
	}
	p.closers = nil
}
