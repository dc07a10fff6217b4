package bridge

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"

	"vastrelay/app/bridge/passes"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/proofs"
	"vastrelay/app/secrets"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// core is what the parts of the bridge share: what they were given, and the
// small types that each may use from any goroutine.
type core struct {
	o           *Options
	log         *slog.Logger
	board       *board
	requests    *passes.Requests
	resting     atomic.Bool // a person has cleaned up: nothing is opened or made before they start again
	credentials *credentials.Store
	notes       *credentials.Notes
	proofs      *proofs.Book
	tests       *checks.TestWatch
	suspects    *checks.Suspects
}

// failHop shows err at the hop, unless the pass was cancelled.
func (c *core) failHop(ctx context.Context, name health.HopName, err error) error {
	if ctx.Err() == nil {
		p := checks.Explain(err)
		c.notes.Blame(p)
		c.board.setHop(health.Hop{Name: name}.Fail(p))
	}
	return err
}

// tunnelVendor is the tunnel that the settings choose.
func (c *core) tunnelVendor() tunnel.Vendor {
	return tunnel.Choose(c.o.Factories.Vendors, c.o.Settings.Settings().Tunnel)
}

// proxyInFront reports whether a proxy with rules of its own may stand in front
// of the address.
func (c *core) proxyInFront() bool {
	v := c.tunnelVendor()
	return v.ProxyInFront != nil && v.ProxyInFront(c.o.Settings.Settings().TunnelValues)
}

// vendorWith names the tunnel that needs a credential of that kind.
func (c *core) vendorWith(kind credentials.Kind) string {
	for _, v := range c.o.Factories.Vendors {
		if v.Credential == string(kind) {
			return v.Name
		}
	}
	return string(kind)
}

// tunnelCredential is the credential that the chosen tunnel needs; empty for
// none.
func (c *core) tunnelCredential() credentials.Kind {
	return credentials.Kind(c.tunnelVendor().Credential)
}

// usedCredentials lists the credentials that are used under the settings in force, and
// the one among them without which all can be relayed the same; empty for none.
func (c *core) usedCredentials() (kinds []credentials.Kind, optional credentials.Kind) {
	kinds = []credentials.Kind{credentials.VastKey, credentials.ChatURL}
	vendor := c.tunnelVendor()
	if vendor.Credential == "" {
		return kinds, ""
	}
	kind := credentials.Kind(vendor.Credential)
	if vendor.CredentialOptional {
		optional = kind
	}
	return append(kinds, kind), optional
}

// wanted is what the webhooks at Vast.ai should be, one per role. While
// nobody has confirmed the settings, each webhook of ours that there is stays
// wanted, with the types that it has.
func (c *core) wanted(origin string) []webhooks.Desired {
	s := c.o.Settings.Settings()
	byRole := map[relay.Role][]string{}
	for _, key := range chosenTypes(s) {
		if !config.KnownEventKey(key) {
			continue // of a newer version; Vast.ai's API would refuse it
		}
		side, _, _ := strings.Cut(key, ":")
		byRole[relay.Role(side)] = append(byRole[relay.Role(side)], key)
	}
	var wanted []webhooks.Desired
	for _, side := range relay.Roles() {
		types := byRole[side]
		chosen := len(types) > 0 && (side != relay.RoleHost || s.Host)
		if !chosen && !s.Unconfirmed {
			continue
		}
		wanted = append(wanted, webhooks.Desired{
			Role: side, URL: strings.TrimSuffix(origin, "/") + side.Path(), Types: types,
			Name: webhooks.Name(c.o.Host, s.InstallationID, side), InstallationID: s.InstallationID,
			KeepListed: s.Unconfirmed, IfListed: !chosen,
		})
	}
	return wanted
}

// chosenTypes are the full keys of the notifications that the person chose, or
// the preselection.
func chosenTypes(s config.Settings) []string {
	if len(s.EventTypes) == 0 {
		return vastapi.Preselection()
	}
	return s.EventTypes
}

// signal fires a channel of capacity one; a signal that nobody has taken yet is
// enough.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// tunnelMarks are the hashes of a token and of the settings that it is used
// with.
func (c *core) tunnelMarks(token relay.Secret, s tunnelSettings) (tokenMark, setupMark string) {
	setup := append([]string{"setup", s.vendor, token.Reveal()}, s.values...)
	return c.proofs.Hash("token", s.vendor, token.Reveal()), c.proofs.Hash(setup...)
}

// wayKey is the hash of an address, the webhook that delivers to it, and the
// secret that it signs with.
func (c *core) wayKey(ctx context.Context, r webhooks.Result) string {
	secret, err := c.o.Vault.Get(ctx, secrets.WebhookSecret(r.ID))
	if err != nil && !errors.Is(err, secrets.ErrNotFound) {
		c.log.Info("the webhook secret cannot be read just now", "err", err)
	}
	return c.proofs.Hash("way", r.URL, strconv.FormatInt(r.ID, 10), secret.Reveal())
}
