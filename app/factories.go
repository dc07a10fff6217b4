package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/redact"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/cloudflared"
	"vastrelay/relay/tunnel/ngrok"
	"vastrelay/relay/tunnel/ownurl"
	"vastrelay/relay/tunnel/tunnelmole"
	"vastrelay/vastapi"
)

// factories make the parts that speak to the outside world, each under the
// credential of the moment.
type factories struct {
	base    *foundation
	gate    *intake.Verifier
	clients *clientCache
}

// settledRecords puts the settings on disk before any record. An intent is
// recorded before a webhook is made, and a webhook is named after the
// installation id in the settings.
type settledRecords struct {
	*datadir.File[webhooks.Records]
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

// forBridge returns what the bridge makes parts with. A credential that was just
// pasted passes here first, and the redactor masks it from then on.
func (f factories) forBridge() bridge.Factories {
	return bridge.Factories{
		API: func(key relay.Secret) (checks.API, error) {
			f.base.redactor.Add(key)
			return f.clients.get(key, func() (*vastapi.Client, error) {
				opts := clientOptions(f.base.env, key, f.base.outward.DialContext, f.base.log)
				if f.base.demo != nil {
					opts.Gap = -1 // the demo's Vast.ai has no rate limit to keep to
				}
				return vastapi.New(opts)
			})
		},
		Webhooks: func(api checks.API) (bridge.WebhookManager, bridge.WebhookEditor) {
			executor := webhooks.New(webhooks.Options{
				API: api, Secrets: f.base.vault, Gate: f.gate, Logger: f.base.log, OnDamaged: f.base.notices.addDamagedRecords,
				Records: settledRecords{datadir.NewFile[webhooks.Records](f.base.folder.path(recordsName)), f.base.settings.Settle},
			})
			return executor, executor
		},
		Vendors:    f.vendors(),
		Tunnel:     f.tunnel,
		CheckToken: f.checkToken,
		ParseChatURL: func(pasted string) (googlechat.URL, error) {
			f.base.redactor.Add(relay.NewSecret(pasted))
			return googlechat.ParseURL(pasted, googlechat.ParseOptions{ExtraHosts: f.base.env.ChatHosts})
		},
	}
}

// clockWitnesses tell by how much this computer's clock is off. The first is the
// server whose time deliveries are signed by.
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
func TunnelVendors() []tunnel.Vendor {
	return []tunnel.Vendor{ngrok.Vendor(), ownurl.Vendor(), tunnelmole.Vendor(), cloudflared.Vendor()}
}

// vendors lists the tunnels for this run. Nothing stands in front of the demo's
// own port.
func (f factories) vendors() []tunnel.Vendor {
	vendors := TunnelVendors()
	if f.base.demo != nil {
		for i := range vendors {
			vendors[i].ProxyInFront = nil
		}
	}
	return vendors
}

// tunnel makes the provider of the public address that the settings name.
func (f factories) tunnel(token relay.Secret) (tunnel.Provider, error) {
	v := tunnel.Choose(TunnelVendors(), f.base.settings.Settings().Tunnel)
	return v.New(f.tunnelOptions(v, token))
}

// checkToken asks the vendor that needs a credential of that kind.
func (f factories) checkToken(ctx context.Context, kind credentials.Kind, token relay.Secret) (tunnel.Account, error) {
	f.base.redactor.Add(token)
	for _, v := range TunnelVendors() {
		if v.Credential == string(kind) {
			return v.Check(ctx, f.tunnelOptions(v, token))
		}
	}
	return tunnel.Account{}, fmt.Errorf("no tunnel needs a credential of the kind %s", kind)
}

func (f factories) tunnelOptions(v tunnel.Vendor, token relay.Secret) tunnel.Options {
	return tunnel.Options{
		Values: f.base.settings.Settings().TunnelValues, Token: token,
		Server: f.base.env.Servers[config.Variable(v.ServerVariable)], CAs: f.base.roots,
		Dial: f.base.outward.DialContext, Proxy: func() string { return f.base.outward.InUse().Address }, Folder: f.base.folder.dir, Version: build.Current().Version, Logger: f.base.log,
	}
}

// prober asks for the program's own address; the demo's leads to its own port.
func (f factories) prober(nonce string) bridge.Prober {
	opts := reach.ProberOptions{Nonce: nonce, Connect: f.base.env.PublicConnect, CAs: f.base.roots, Dial: f.base.outward.DialContext, UserAgent: build.Current().UserAgent()}
	if f.base.demo != nil {
		opts.Transport = f.base.demo.Transport()
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

// inbox reads the inbox of the account whose key is in use.
func (c *clientCache) inbox(ctx context.Context) ([]vastapi.InboxItem, error) {
	client := c.current()
	if client == nil {
		return nil, health.New(health.VastKeyMissing)
	}
	return client.Inbox(ctx)
}

// redactedVault is a vault that tells the redactor every secret that passes
// through it, so that no log line can ever hold one.
type redactedVault struct {
	credentials.Vault
	redactor *redact.Redactor
}

func (v redactedVault) Get(ctx context.Context, name string) (relay.Secret, error) {
	s, err := v.Vault.Get(ctx, name)
	v.redactor.Add(s)
	return s, err
}

func (v redactedVault) Set(ctx context.Context, name string, s relay.Secret) error {
	v.redactor.Add(s)
	return v.Vault.Set(ctx, name, s)
}
