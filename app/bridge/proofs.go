package bridge

import (
	"context"
	"errors"
	"strconv"

	"vastrelay/app/secrets"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

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

// provenBefore reports whether what refusal is about has proven an address
// before: a setting together with its token, anything else by the token alone.
func (l linkState) provenBefore(refusal *tunnel.PermanentError) bool {
	if refusal.Mend == tunnel.MendSettings {
		return l.provenSetup
	}
	return l.provenToken
}
