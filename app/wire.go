package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/demo"
	"vastrelay/app/diagnostics"
	"vastrelay/app/metrics"
	"vastrelay/app/proxy"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// wire builds the program from the outside in. It is deliberately one straight
// line: what depends on what can be read from top to bottom.
func wire(ctx context.Context, f flags, in Invocation) (p *Program, err error) {
	p = &Program{log: slog.New(slog.DiscardHandler), diskTrouble: make(chan store.Reason, 1)}
	defer func() {
		if err != nil {
			p.close()
		}
	}()

	getenv := in.Getenv
	if f.demo {
		if p.demo, err = demo.Start(ctx); err != nil {
			return p, err
		}
		p.closers = append(p.closers, p.demo)
		getenv = p.demo.Getenv
	}
	env, outward, err := readEnvironment(ctx, getenv)
	if err != nil {
		return p, permanent("The environment cannot be used", err)
	}
	if err := p.claimFolder(ctx, f, in); err != nil {
		return p, err
	}

	redactor := diagnostics.NewRedactor()
	for _, s := range append(outward.Secrets(), env.VastKey, env.ChatURL, env.NgrokToken, env.WebhookSecret, env.StatusToken) {
		redactor.Add(s)
	}
	p.closers = append(p.closers, p.startLog(f, in, redactor))
	p.log.Info("starting", "version", build.Current().String(), "headless", f.headless, "demo", f.demo, "overrides", env.Overrides())
	p.keepCrash()
	if err := p.openMemory(ctx, env); err != nil {
		return p, err
	}
	vault, err := chooseVault(ctx, f, p.dir, env, secrets.KeyringOptions{Logger: p.log})
	if err != nil {
		return p, err
	}
	vault.Vault = watched{vault.Vault, redactor}
	roots, err := certificates(ctx, env.NgrokCA)
	if err != nil {
		return p, permanent("VASTRELAY_NGROK_CA cannot be used", err)
	}

	// From here on the parts point at each other: the receiver and the outbox
	// tell the bridge, which exists last.
	says := newAnnouncer(nil)
	if f.demo && f.headless {
		says = newAnnouncer(in.Stdout)
	}
	nonce := reach.Nonce()
	verifier := intake.NewVerifier()
	sender := googlechat.New(googlechat.Options{Dial: outward.DialContext, Logger: p.log, UserAgent: build.Current().UserAgent(), Threads: p.threads})
	p.closers = append(p.closers, closer(sender.Close))
	clients := &clientCache{}
	clock := intake.NewClock(clockWitnesses(clients, sender)...)
	clock.OnChange(p.noteClock)
	p.outbox = outbox.New(outbox.Options{
		Store: p.store, Sender: sender, Form: p.form, Folds: p.folds, Observe: says.post(p.observePost), Logger: p.log,
	})
	p.receiver = intake.NewReceiver(intake.Options{
		Store: disk{p.outbox, p.noteDisk, p.hasDestination}, Verifier: verifier, Clock: clock, ProbeNonce: nonce,
		BasePath: p.basePath, RecordOnly: p.recordOnly, Observe: says.delivery(p.observeDelivery), OnMismatch: p.suspect, Logger: p.log,
	})
	verifier.AddSecret(relay.ContextClient, env.WebhookSecret)
	if p.settings.Settings().Host {
		verifier.AddSecret(relay.ContextHost, env.WebhookSecret)
	}
	if err := p.openOutbox(ctx); err != nil {
		return p, err
	}
	outside := outside{
		env: env, roots: roots, log: p.log, dir: p.dir, vault: vault, gate: verifier, settings: p.settings, redactor: redactor, clients: clients,
		dial: outward.DialContext, demo: f.demo, settle: p.settings.Settle, onDamaged: p.recordsDamaged,
	}
	p.Bridge = bridge.New(bridge.Options{
		Vault: vault, Keyring: vault.keyring, Ephemeral: vault.ephemeral, Makers: outside.makers(),
		Gate: verifier, Clock: clock, Destinations: p.outbox, Queue: p.outbox, Pauser: p.outbox, Chat: sender, Tally: p.store, Prober: outside.prober(nonce, p.demo),
		Settings: p.settings, Proofs: config.NewFile[bridge.Proofs](filepath.Join(p.dir, "proofs.json")),
		Handler: p.receiver, Environment: fromEnvironment(env), AllowStored: allowStored(env),
		Host: hostName(), Overrides: shown(f, env), Demo: f.demo, Logger: p.log,
	})
	return p, p.openStatus(ctx, f, env)
}

// readEnvironment reads what the environment says of this run, and how it has
// the outside world connected to.
func readEnvironment(ctx context.Context, getenv func(string) string) (config.Env, *proxy.Dialer, error) {
	readInput := func(path string) ([]byte, error) { return config.ReadInput(ctx, path) }
	env, err := config.FromEnv(getenv, readInput)
	if err == nil {
		err = checkChatURL(env, getenv)
	}
	if err != nil {
		return env, nil, err
	}
	outward, err := proxy.New(proxy.Options{Getenv: getenv, UserAgent: build.Current().UserAgent()})
	return env, outward, err
}

// openMemory opens what outlives a run: the event store and the settings.
func (p *Program) openMemory(ctx context.Context, env config.Env) (err error) {
	// The store comes first: where a newer version made it, nothing else in the
	// folder may be touched.
	traces := p.traces()
	if p.store, err = p.openStore(ctx); err != nil {
		return err
	}
	p.closers = append(p.closers, p.store)
	settings, err := config.Open(filepath.Join(p.dir, "settings.json"), traces...)
	if err != nil {
		return err
	}
	p.settings = effective{settings, env}
	if damaged := settings.Damaged(); damaged != nil {
		p.log.Warn("the settings were damaged", "restored", damaged.Restored, "err", damaged)
	}
	return nil
}

// openOutbox reads whether posting is paused. Where the store cannot be read yet,
// that waits with all else.
func (p *Program) openOutbox(ctx context.Context) error {
	if err := p.outbox.Open(ctx); !errors.Is(err, relay.ErrStoreUnavailable) {
		return err
	}
	return nil
}

// traces are the files that show that the program has run in this folder before,
// as far as they are there.
func (p *Program) traces() []string {
	var there []string
	for _, name := range []string{recordsName, storeName} {
		path := filepath.Join(p.dir, name)
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		}
	}
	return there
}

// The names of our files in the data folder.
const (
	storeName   = "events.db"
	recordsName = "webhooks.json"
)

// openStatus opens the status address, if one is wanted.
func (p *Program) openStatus(ctx context.Context, f flags, env config.Env) (err error) {
	if f.statusAddr == "" {
		return nil
	}
	p.metrics, err = metrics.Listen(ctx, metrics.Options{
		Address: f.statusAddr, Token: env.StatusToken, Status: p.statusNow, Lanes: p.outbox.Lanes, Refusals: p.receiver.Refusals, Logger: p.log,
	})
	if err != nil {
		return permanent("The status address cannot be used", err)
	}
	p.log.Info("serving the status", "address", p.metrics.Addr())
	return nil
}

// claimFolder finds or makes the folder for the program's data, locks it, and
// sees to it that its files are files and closed to others.
func (p *Program) claimFolder(ctx context.Context, f flags, in Invocation) error {
	if err := p.findFolder(f, in.Getenv); err != nil {
		return err
	}
	if err := p.takeFolder(ctx, f, in); err != nil {
		return err
	}
	return config.SecureFiles(p.dir)
}

// findFolder finds and makes the folder for the program's data.
func (p *Program) findFolder(f flags, getenv func(string) string) (err error) {
	dir := f.dataDir
	if dir == "" {
		if dir, err = config.DataDir(getenv); err != nil {
			return err
		}
	}
	if f.demo {
		dir += "-demo" // what the demo makes up never stands among real events
	}
	p.dir = dir
	p.folder, err = config.EnsureDir(dir)
	return err
}

// startLog opens the log; without a window it goes to standard error as well.
func (p *Program) startLog(f flags, in Invocation, red *diagnostics.Redactor) io.Closer {
	var also *output
	if f.headless {
		also, _ = in.Stderr.(*output) // which Run has seen to
	}
	log, file, trouble := openLog(p.dir, f.logLevel, red, also)
	p.log = log
	if p.folder != "" {
		log.Warn("the data folder is not this program's alone", "folder", p.folder)
	}
	if trouble != nil {
		p.notices.addDamage("the log file cannot be used: " + checks.Explain(trouble).Details)
	}
	return file
}

// keepCrash makes a crash leave its traces in the data folder.
func (p *Program) keepCrash() {
	file, err := config.OpenFile(filepath.Join(p.dir, "crash.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		p.log.Warn("opening the crash file", "err", err)
		return
	}
	defer func() { _ = file.Close() }() // the runtime keeps a copy of the handle
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		p.log.Warn("setting the crash file", "err", err)
	}
}

// openStore opens the event store. A damaged one is set aside and said so, in the
// log and to the person. One that cannot be used just now is waited for: until
// then deliveries are answered 503, which Vast.ai tries again.
func (p *Program) openStore(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, filepath.Join(p.dir, storeName), store.Options{
		OnBehind: p.disturbed,
		OnDamaged: func(d store.Damage) {
			p.log.Error("the event database was damaged and set aside",
				"copy", filepath.Base(d.Path), "recovered", d.Recovered, "incomplete", d.Incomplete, "err", d.Err)
			p.tellDamage(fmt.Sprintf("the event history was damaged: %d events were carried over, a copy is kept", d.Recovered))
		},
		Wait: true, InPlace: p.lock.InPlace, Program: build.Current().Version,
	})
	if newer, ok := errors.AsType[*store.NewerError](err); ok {
		return nil, newerVersion("The events", newer.Program)
	}
	if err != nil {
		return nil, fmt.Errorf("open the event store: %w", err)
	}
	if err := s.Opened(); err != nil {
		p.log.Error("the event store cannot be used yet, waiting for it", "reason", string(store.ReasonOf(err)), "err", err)
		p.disturbed(store.ReasonOf(err))
	}
	return s, nil
}

// certificates returns the system's roots and those in the PEM file at path;
// nil, which means the system's, when path is empty.
func certificates(ctx context.Context, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pem, err := config.ReadInput(ctx, path)
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file holds no certificate in PEM form")
	}
	return pool, nil
}

// shown are the overrides that the person should know of. The demo says by
// itself that it leads nowhere else.
func shown(f flags, env config.Env) []string {
	if f.demo {
		return nil
	}
	return env.Overrides()
}

// fromEnvironment are the environment's credentials as the bridge knows them.
func fromEnvironment(env config.Env) map[credentials.Kind]relay.Secret {
	given := map[credentials.Kind]relay.Secret{}
	for kind, s := range map[credentials.Kind]relay.Secret{
		credentials.VastKey: env.VastKey, credentials.ChatURL: env.ChatURL, credentials.NgrokToken: env.NgrokToken,
	} {
		if !s.Empty() {
			given[kind] = s
		}
	}
	return given
}

// checkChatURL refuses a webhook URL of the environment that cannot be one.
func checkChatURL(env config.Env, getenv func(string) string) error {
	if env.ChatURL.Empty() {
		return nil
	}
	_, err := googlechat.ParseURL(env.ChatURL.Reveal(), googlechat.ParseOptions{ExtraHosts: env.ChatHosts})
	if refusal, ok := errors.AsType[*googlechat.URLError](err); ok {
		return config.EnvError{{Variable: config.Source(getenv, config.VarChatURL), Sentence: refusal.Text}}
	}
	return err
}

// allowStored keeps credentials from the keyring away from everyone but their
// vendors.
func allowStored(env config.Env) func(credentials.Kind, relay.Secret) error {
	return func(kind credentials.Kind, stored relay.Secret) error {
		switch kind {
		case credentials.VastKey:
			return env.AllowStored(config.VarVastKey, stored)
		case credentials.ChatURL:
			return env.AllowStored(config.VarChatURL, stored)
		default:
			return env.AllowStored(config.VarNgrokToken, stored)
		}
	}
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "this computer"
	}
	return name
}

// closer makes a plain function an io.Closer.
type closer func()

func (c closer) Close() error { c(); return nil }
