package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/demo"
	"vastrelay/app/diagnostics"
	"vastrelay/app/reach"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok"
	"vastrelay/relay/tunnel/ownurl"
	"vastrelay/vastapi"
)

// outside makes the parts that speak to the outside world, each under the
// credential of the moment.
type outside struct {
	env      config.Env
	roots    *x509.CertPool // nil: the system's
	log      *slog.Logger
	dir      string
	vault    vault
	gate     *intake.Verifier
	settings bridge.Settings
	redactor *diagnostics.Redactor
	dial     dialFunc
	clients  *clientCache
	demo     bool

	settle    func() error               // puts the settings on disk that could not be written at the start
	onDamaged func(*config.DamagedError) // is told of webhook records that were damaged
}

// settledRecords puts the settings on disk before any record. An intent is
// recorded before a webhook is made, and a webhook is named after the
// installation id in the settings.
type settledRecords struct {
	*config.File[webhooks.Records]
	settle func() error
}

// Save implements webhooks.File.
func (r settledRecords) Save(records webhooks.Records) error {
	if err := r.settle(); err != nil {
		return err
	}
	return r.File.Save(records)
}

// dialFunc connects to the outside world, through a proxy where one is to be
// used.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// makers hands the bridge what it needs to bring parts up anew. What was just
// pasted passes here first, and is known to the redactor from then on.
func (o outside) makers() bridge.Makers {
	return bridge.Makers{
		API: func(key relay.Secret) (checks.API, error) {
			o.redactor.Add(key)
			return o.clients.get(key, func() (*vastapi.Client, error) {
				opts := clientOptions(o.env, key, o.dial, o.log)
				if o.demo {
					opts.Gap = -1 // the demo's Vast.ai has no rate limit, and nobody likes to wait
				}
				return vastapi.New(opts)
			})
		},
		Hooks: func(api checks.API) bridge.Hooks {
			return webhooks.New(webhooks.Options{
				API: api, Secrets: o.vault, Gate: o.gate, Logger: o.log, OnDamaged: o.onDamaged,
				Records: settledRecords{config.NewFile[webhooks.Records](filepath.Join(o.dir, recordsName)), o.settle},
			})
		},
		Vendors:    TunnelVendors(),
		Tunnel:     o.tunnel,
		CheckToken: o.checkToken,
		ParseChatURL: func(pasted string) (googlechat.URL, error) {
			o.redactor.Add(relay.NewSecret(pasted))
			return googlechat.ParseURL(pasted, googlechat.ParseOptions{ExtraHosts: o.env.ChatHosts})
		},
	}
}

// clockWitnesses are those who can be asked by how much this computer's clock is
// off, the one whose time deliveries are signed by first.
func clockWitnesses(clients *clientCache, chat *googlechat.Sender) []relay.Witness {
	return []relay.Witness{
		{Name: relay.WitnessVast, Offset: func(ctx context.Context) (time.Duration, error) {
			client := clients.current()
			if client == nil {
				return 0, errors.New("there is no API key yet")
			}
			return client.MeasureClock(ctx)
		}},
		{Name: "Google Chat", Offset: chat.ClockOffset},
		{Name: "the system's time service", Offset: reach.SystemOffset},
	}
}

func clientOptions(env config.Env, key relay.Secret, dial dialFunc, log *slog.Logger) vastapi.Options {
	return vastapi.Options{BaseURL: env.VastURL, Key: vastapi.NewKey(key.Reveal()), Dial: dial, UserAgent: build.Current().UserAgent(), Logger: log}
}

// TunnelVendors lists the ways to a public address in the order in which they
// are shown; the first is the default.
func TunnelVendors() []tunnel.Vendor { return []tunnel.Vendor{ngrok.Vendor(), ownurl.Vendor()} }

// tunnel makes the provider of the public address that the settings name.
func (o outside) tunnel(token relay.Secret) (tunnel.Provider, error) {
	return tunnel.Choose(TunnelVendors(), o.settings.Settings().Tunnel).New(o.tunnelOptions(token))
}

// checkToken asks the vendor that needs a credential of that kind.
func (o outside) checkToken(ctx context.Context, kind credentials.Kind, token relay.Secret) (tunnel.Account, error) {
	o.redactor.Add(token)
	for _, v := range TunnelVendors() {
		if v.Credential == string(kind) {
			return v.Check(ctx, o.tunnelOptions(token))
		}
	}
	return tunnel.Account{}, fmt.Errorf("no tunnel needs a credential of the kind %s", kind)
}

func (o outside) tunnelOptions(token relay.Secret) tunnel.Options {
	return tunnel.Options{
		Values: o.settings.Settings().TunnelValues, Token: token, Server: o.env.NgrokConnectURL, CAs: o.roots,
		Dial: o.dial, Version: build.Current().Version, Logger: o.log,
	}
}

// prober asks for the program's own address; the demo's leads to its own port.
func (o outside) prober(nonce string, d *demo.Demo) bridge.Prober {
	opts := reach.ProberOptions{Nonce: nonce, Connect: o.env.PublicConnect, CAs: o.roots, Dial: o.dial, UserAgent: build.Current().UserAgent()}
	if d != nil {
		opts.Transport = d.Transport()
	}
	return reach.NewProber(opts)
}

// clientCache keeps one client per API key, so that all calls under a key
// share its pace.
type clientCache struct {
	mu     sync.Mutex
	key    relay.Secret
	client *vastapi.Client
}

func (c *clientCache) get(key relay.Secret, build func() (*vastapi.Client, error)) (*vastapi.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil && c.key == key {
		return c.client, nil
	}
	client, err := build()
	if err != nil {
		return nil, err
	}
	if c.client != nil {
		c.client.Close()
	}
	c.key, c.client = key, client
	return client, nil
}

// current returns the client of the newest key; nil before the first.
func (c *clientCache) current() *vastapi.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.client
}

// watched makes every secret that passes through a vault known to the
// redactor, so that no log line can ever hold it.
type watched struct {
	credentials.Vault
	redactor *diagnostics.Redactor
}

func (w watched) Get(ctx context.Context, name string) (relay.Secret, error) {
	s, err := w.Vault.Get(ctx, name)
	w.redactor.Add(s)
	return s, err
}

func (w watched) Set(ctx context.Context, name string, s relay.Secret) error {
	w.redactor.Add(s)
	return w.Vault.Set(ctx, name, s)
}
