package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/demo"
	"vastrelay/app/desktop/autostart"
	"vastrelay/app/lastrun"
	"vastrelay/app/logging"
	"vastrelay/app/proxy"
	"vastrelay/app/secrets"
	"vastrelay/app/systemd"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/redact"
	"vastrelay/relay/store"
)

// foundation is what the parts of the program stand on: what is open before the
// first of them is made.
type foundation struct {
	demo     *demo.Demo // nil: this is no demo
	env      config.Env
	outward  *proxy.Dialer // connects to the outside world
	folder   *dataFolder
	login    *autostart.Login
	redactor *redact.Redactor
	log      *slog.Logger
	logFile  *logging.Output
	notices  *notices
	store    *store.Store
	settings effective
	vault    vault
	roots    *x509.CertPool // nil: the system's
	closers  closers
}

// openFoundation opens it from the outside in. An error leaves nothing open.
func openFoundation(ctx context.Context, f flags, in Invocation) (b *foundation, err error) {
	b = &foundation{log: slog.New(slog.DiscardHandler), notices: &notices{}}
	defer func() {
		if err != nil {
			b.closers.close(b.log)
		}
	}()
	getenv := systemd.Getenv(in.Getenv)
	if f.demo {
		if b.demo, err = demo.Start(ctx); err != nil {
			return b, err
		}
		b.closers.add(b.demo)
		getenv = b.demo.Getenv
	}
	if b.env, b.outward, err = readEnvironment(ctx, getenv); err != nil {
		return b, permanent(words.New("start.refused.environment"), err)
	}
	if b.folder, err = claimFolder(ctx, f, in); err != nil {
		return b, err
	}
	b.closers.add(b.folder)
	// Before anything else is written: the files tell when the last run ended.
	var unrecorded error
	b.folder.run, unrecorded = lastrun.Open(lastrun.Options{Folder: b.folder.dir, Version: build.Current().Version})
	b.login = autostart.New(autostart.Options{Getenv: in.Getenv, Args: loginArguments(f)})
	b.startLog(f, in)
	if unrecorded != nil {
		b.log.Warn("recording that the program runs", "err", unrecorded)
	}
	b.logLastRun(f)
	// The store comes first: if a newer version made it, nothing else in the
	// folder may be touched. Whether it was there before says whether the settings
	// should be.
	traces := b.folder.traces()
	if err := b.openStore(ctx); err != nil {
		return b, err
	}
	if err := b.openSettings(traces); err != nil {
		return b, err
	}
	if tag := b.settings.Settings().General.Language; tag != "" && !f.headless {
		words.Use(words.Choose(tag))
	}
	if b.vault, err = chooseVault(ctx, f, b.folder.dir, b.env, secrets.KeyringOptions{Logger: b.log}); err != nil {
		return b, err
	}
	b.vault.Vault = redactedVault{b.vault.Vault, b.redactor}
	if b.roots, err = certificates(ctx, b.env.NgrokCA); err != nil {
		return b, permanent(words.New("start.refused.variable", words.Args{"Variable": config.VarNgrokCA}), err)
	}
	return b, nil
}

// logLastRun logs how an earlier run ended that nobody had stopped. Without a window
// nobody else is told.
func (b *foundation) logLastRun(f flags) {
	last := b.folder.run.Last()
	if last == nil {
		return
	}
	b.log.Warn("an earlier run ended without being stopped", "reason", last.End, "at", last.At)
	if !f.headless {
		return
	}
	if err := b.folder.run.Told(); err != nil {
		b.log.Warn("keeping what was said of the last run", "err", err)
	}
}

// startLog opens the log, which shows no secret of the environment; without a
// window it goes to standard error as well.
func (b *foundation) startLog(f flags, in Invocation) {
	b.redactor = redact.New()
	for _, s := range slices.Concat(b.outward.Secrets(), slices.Collect(maps.Values(b.env.Credentials)), []relay.Secret{b.env.WebhookSecret, b.env.StatusToken}) {
		b.redactor.Add(s)
	}
	var also *logging.Output
	if f.headless {
		also, _ = in.Stderr.(*logging.Output) // Run has made it one
	}
	log, file, trouble := logging.Open(b.folder.dir, f.logLevel, b.redactor, also)
	b.log, b.logFile = log, file
	b.closers.add(file)
	if b.folder.sharing != "" {
		log.Warn("the data folder is not this program's alone", "folder", b.folder.sharing)
	}
	if trouble != nil {
		b.notices.addDamage(words.New("notice.log_unusable", words.Args{"Reason": checks.Explain(trouble).Details}))
	}
	log.Info("starting", "version", build.Current().String(), "headless", f.headless, "demo", f.demo, "overrides", shown(f, b.env))
}

// openStore opens the event store. A damaged one is set aside, which the log and
// a notice tell. One that cannot be used just now is waited for: until then
// deliveries are answered 503, which Vast.ai tries again.
func (b *foundation) openStore(ctx context.Context) error {
	s, err := store.Open(ctx, b.folder.path(storeName), store.Options{
		OnDamaged: func(d store.Damage) {
			b.log.Error("the event database was damaged and set aside",
				"copy", filepath.Base(d.Path), "recovered", d.Recovered, "incomplete", d.Incomplete, "err", d.Err)
			b.notices.addDamage(words.NewPlural("notice.history_damaged", d.Recovered))
		},
		OnWait: func(err error) {
			b.log.Error("the event store cannot be used yet, waiting for it", "reason", string(store.ReasonOf(err)), "err", err)
		},
		InPlace: b.folder.lock.InPlace, Program: build.Current().Version,
	})
	if newer, ok := errors.AsType[*store.NewerError](err); ok {
		return newerVersion(words.New("start.refused.newer_events"), newer.Program)
	}
	if err != nil {
		return fmt.Errorf("open the event store: %w", err)
	}
	b.store = s
	b.closers.add(s)
	return nil
}

// openSettings opens the settings and lays those of the environment over them.
func (b *foundation) openSettings(traces []string) error {
	settings, err := config.Open(b.folder.path(settingsName), TunnelVendors(), traces...)
	if err != nil {
		return err
	}
	b.settings = effective{Config: settings, env: b.env, saved: b.notices.show}
	if damaged := settings.Damaged(); damaged != nil {
		b.log.Warn("the settings were damaged", "restored", damaged.Restored, "err", damaged)
	}
	if _, err := b.outward.Use(settings.Settings().General.Proxy); err != nil {
		b.log.Warn("using the proxy of the settings", "err", err)
	}
	return nil
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
