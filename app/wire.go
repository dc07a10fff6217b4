package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/commands"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/datadir"
	"vastrelay/app/gaps"
	"vastrelay/app/heartbeat"
	"vastrelay/app/metrics"
	"vastrelay/app/proofs"
	"vastrelay/app/reach"
	"vastrelay/app/restart"
	"vastrelay/app/status"
	"vastrelay/app/systemd"
	"vastrelay/app/updates"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// wire builds the program. An error leaves nothing open.
func wire(ctx context.Context, f flags, in Invocation) (*Program, error) {
	b, err := openFoundation(ctx, f, in)
	if err != nil {
		return nil, err
	}
	p, err := b.connect(ctx, f, in)
	if err != nil {
		b.closers.close(b.log)
		return nil, err
	}
	b.addDiagnostics(p, in.Getenv)
	return p, nil
}

// connect makes the parts of the program and points them at each other. It is
// deliberately one straight line.
func (b *foundation) connect(ctx context.Context, f flags, in Invocation) (*Program, error) {
	// The receiver and the outbox report to the bridge and to the tracker of gaps,
	// which are made last. They report nothing before the program starts.
	var hub *bridge.Bridge
	var tracker *gaps.Tracker
	announce := announcerFor(f, in)
	nonce := reach.Nonce()
	verifier := b.newVerifier()
	sender := googlechat.New(googlechat.Options{Dial: b.outward.DialContext, Logger: b.log, UserAgent: build.Current().UserAgent(), Threads: b.settings.threads, Words: b.settings.messageWords})
	b.closers.add(closer(sender.Close))
	clients := &clientCache{}
	clock := intake.NewClock(clockWitnesses(clients, sender)...)
	clock.OnChange(func() { hub.Reports().NoteClock() })
	posts := outbox.New(outbox.Options{
		Store: b.store, Sender: sender, Form: b.settings.form, Folds: func() bool { return hub.Reports().Alone() }, Posts: b.settings.posts, Logger: b.log,
		Observe: func(p relay.Progress) { announce.post(p); hub.Reports().Attempt(p) },
	})
	receiver := intake.NewReceiver(intake.Options{
		Store:    destinationGuard{posts, func() bool { return len(posts.Destinations()) > 0 }},
		Verifier: verifier, Clock: clock, ProbeNonce: nonce, BasePath: b.settings.basePath, Logger: b.log,
		RecordOnly: func(ev relay.Event) bool { return hub.Reports().RecordOnly(ev) },
		Observe:    func(d relay.Delivery) { announce.delivery(d); tracker.Delivery(d); hub.Reports().Delivery(d) },
		OnMismatch: func(role relay.Role) { hub.Reports().Suspect(role) },
	})
	if err := openPosts(ctx, posts); err != nil {
		return nil, err
	}
	beat := heartbeat.New(heartbeat.Options{
		Status: func() status.Status { return hub.Status() }, Watch: func(f func(status.Change)) (stop func()) { return hub.Watch(f) },
		Report: func(err error) { b.notices.setHeartbeat(err); hub.Reports().Heartbeat(err) },
		Dial:   b.outward.DialContext, UserAgent: build.Current().UserAgent(), Logger: b.log,
	})
	factory := factories{b, verifier, clients}
	hub = bridge.New(bridge.Options{
		Credentials: &credentials.Store{
			Vault: b.vault, Ephemeral: b.vault.ephemeral, Environment: fromEnvironment(b.env), AllowStored: allowStored(b.env),
		},
		Vault: b.vault, Keyring: b.vault.keyring, Settings: b.settings, Proofs: datadir.NewFile[proofs.Proofs](b.folder.path("proofs.json")),
		Factories: factory.forBridge(), Prober: factory.prober(nonce),
		Receiving: bridge.Receiving{Handler: receiver, Gate: verifier, Clock: clock},
		Posting:   bridge.Posting{Destinations: posts, Queue: posts, Pauser: posts, Chat: sender, Tally: b.store.History},
		Heartbeat: beat,
		Host:      hostName(), Overrides: shown(f, b.env), Demo: f.demo, Logger: b.log,
	})
	b.notices.connect(b.settings, hub.Reports().Notice)
	tracker = gaps.New(gaps.Options{
		Store: b.store.Gaps, Program: hub, Events: gapEvents{posts, b.store, hub.Reports().Stored}, History: b.store.History,
		Tell: b.settings.tellsGaps, Inbox: clients.inbox, CatchesUp: b.settings.catchesUp,
		MarkFile: b.folder.path(markName), FinalWhileAway: b.settings.finalWhileAway, Logger: b.log,
	})
	p := b.program(hub, posts, receiver, sender, tracker)
	p.desktop.Updates = b.newUpdates(f)
	p.desktop.Settings.updates = p.desktop.Updates
	p.services = append(p.services, b.reporters(f, p, beat, receiver)...)
	return p, b.openStatus(ctx, f.statusAddr, p, posts, receiver)
}

// reporters are the services that tell others how the program is doing: whoever waits
// for the heartbeat, the person at the desktop, the service manager.
func (b *foundation) reporters(f flags, p *Program, beat *heartbeat.Heartbeat, receiver http.Handler) []service {
	list := []service{{"call the heartbeat URL", beat.Run}, {"look for newer versions", p.desktop.Updates.Run}}
	switch {
	case !f.headless:
		list = append(list, service{"show notifications", p.desktop.System.Banners.Run})
	case systemd.Present():
		list = append(list, service{"tell the service manager", b.notifier(p.desktop.Bridge, receiver).Run})
	}
	return list
}

// openPosts opens the outbox. A store that cannot be used just now is waited for.
func openPosts(ctx context.Context, posts *outbox.Outbox) error {
	err := posts.Open(ctx)
	if errors.Is(err, relay.ErrStoreUnavailable) {
		return nil
	}
	return err
}

// newUpdates returns what looks for newer versions. A service and the demo ask nobody.
func (b *foundation) newUpdates(f flags) *updates.Checker {
	feed, pages := build.UpdateFeed()
	if f.headless || f.demo {
		feed = ""
	}
	return updates.New(updates.Options{
		Feed: feed, Pages: pages, Version: build.Current().Version, File: b.folder.path("updates.json"),
		Choice: func() (asked, wanted bool) {
			chosen := b.settings.Settings().General.Updates
			return chosen != config.UpdatesUnasked, chosen == config.UpdatesOn
		},
		Dial: b.outward.DialContext, Logger: b.log,
	})
}

// newVerifier returns a verifier that knows the webhook secret of the
// environment, if there is one.
func (b *foundation) newVerifier() *intake.Verifier {
	verifier := intake.NewVerifier()
	verifier.AddSecret(relay.RoleClient, b.env.WebhookSecret)
	if b.settings.Settings().Host {
		verifier.AddSecret(relay.RoleHost, b.env.WebhookSecret)
	}
	return verifier
}

// program puts the parts together, which are complete.
func (b *foundation) program(hub *bridge.Bridge, posts *outbox.Outbox, receiver *intake.Receiver, sender *googlechat.Sender, tracker *gaps.Tracker) *Program {
	settings := &SettingsEditor{settings: b.settings, bridge: hub, outbox: posts, outward: b.outward}
	notifications := b.newBanners(hub, settings)
	p := &Program{log: b.log, logFile: b.logFile, folder: b.folder, refuse: func() { receiver.Stop(); b.folder.stopping(b.log) }, closers: b.closers}
	p.again = restart.Running()
	p.desktop = Desktop{
		Bridge:   hub,
		History:  &History{store: b.store, told: hub.Reports().Changed},
		Resender: &Resender{posts, hub.Reports().Resent},
		Settings: settings,
		Messages: &Messages{sender},
		Gaps:     &Gaps{tracker},
		Demo:     &DemoControls{b.demo},
		Cleaner:  &Cleaner{hub, b.folder, b.login},
		Folder:   b.folder.dir,
		System:   System{Banners: notifications, Login: b.login, Proxy: b.outward},
		Support: Support{
			Doctor:  &Doctor{bridge: hub, store: b.store, redactor: b.redactor},
			LastRun: &LastRun{b.folder.run, b.redactor, b.log, b.demo != nil},
		},
		Lifecycle: Lifecycle{Again: p.again},
	}
	p.commands = commands.Program{
		Status: b.fullStatus(hub, posts, receiver, tracker), History: p.desktop.History, Resender: p.desktop.Resender,
		Controls: hub, Tests: hub, Doctor: p.desktop.Support.Doctor, Webhooks: hub.Webhooks(), Settings: p.desktop.Settings, Cleaner: p.desktop.Cleaner, Gaps: p.desktop.Gaps,
		Paused: posts.Paused, Backlog: posts.Backlog,
	}
	p.services = []service{
		{"post to Google Chat", posts.Run},
		{"bring the relay up", hub.Run},
		{"remove old events", endless(upkeep{b.store, b.notices, b.log}.run)},
		{"watch the disk", endless(diskWatch{b.store, b.settings.Settle, hub.Reports().Disk, b.log}.run)},
		{"watch the network", endless(func(ctx context.Context) { reach.WatchNetwork(ctx, hub.Reports().NetworkChanged) })},
		{"watch the time", endless(func(ctx context.Context) {
			reach.WatchTime(ctx, func(since time.Time) { tracker.Woke(since); hub.Reports().Woke() }, hub.Reports().ClockSet)
		})},
	}
	if b.demo == nil {
		p.services = append(p.services, service{"record when deliveries could not arrive", tracker.Run})
	} else { // nobody expects a demo to run all the time
		p.services = append(p.services, service{"play the demo", b.demo.Run})
	}
	return p
}

// notifier tells the service manager of the program: it is ready once the store
// takes events, and alive while bridge, store and receiver answer.
func (b *foundation) notifier(hub *bridge.Bridge, receiver http.Handler) *systemd.Notifier {
	return systemd.New(systemd.Options{
		Ready:  func(ctx context.Context) error { return store.TryWrite(ctx, b.store) },
		Status: hub.Status, Watch: hub.Watch, Logger: b.log,
		Alive: []systemd.Check{
			{Name: "bridge", Ask: func(context.Context) error { return hub.Reports().Respond() }},
			{Name: "event store", Ask: func(ctx context.Context) error {
				_ = store.InPlace(ctx, b.store) // a full disk is no reason to start anew
				return ctx.Err()
			}},
			{Name: "receiver", Ask: func(ctx context.Context) error {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/health", http.NoBody)
				if err == nil {
					receiver.ServeHTTP(discardAnswer{}, r)
				}
				return err
			}},
		},
	})
}

// discardAnswer is an http.ResponseWriter that keeps nothing.
type discardAnswer struct{}

func (discardAnswer) Header() http.Header         { return http.Header{} }
func (discardAnswer) Write(p []byte) (int, error) { return len(p), nil }
func (discardAnswer) WriteHeader(int)             {}

// endless makes what runs until ctx ends, and cannot fail, a service's run.
func endless(run func(ctx context.Context)) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		run(ctx)
		return nil
	}
}

// fullStatus returns what reads the status with all that is known. The counters are
// read when they are asked for: a refused request changes nothing else, and must be
// told all the same.
func (b *foundation) fullStatus(hub *bridge.Bridge, posts *outbox.Outbox, receiver *intake.Receiver, tracker *gaps.Tracker) func() status.Status {
	return func() status.Status {
		s := hub.Status()
		s.Counters = posts.Counters()
		s.Counters.Refused = receiver.Refused()
		s.Build = build.Current()
		s.Folder = words.Translate(b.folder.sharing)
		s.LastRun = b.folder.run.Last()
		s.Gaps = tracker.Status()
		return s
	}
}

// openStatus opens the status address and adds its service, if one is wanted.
func (b *foundation) openStatus(ctx context.Context, address string, p *Program, posts *outbox.Outbox, receiver *intake.Receiver) error {
	if address == "" {
		return nil
	}
	server, err := metrics.Listen(ctx, metrics.Options{
		Address: address, Token: b.env.StatusToken, Status: p.commands.Status, Lanes: posts.Lanes, Refusals: receiver.Refusals, Logger: b.log,
	})
	if err != nil {
		return permanent(words.New("start.refused.status_address"), err)
	}
	b.log.Info("serving the status", "address", server.Addr())
	p.services = append(p.services, service{"serve the status", server.Run})
	return nil
}

// hostName is this computer's name, as far as it is known.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "this computer"
	}
	return name
}
