package bridge

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/app/secrets"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// Proofs is what a restart must not forget of what was proven. It holds no
// secret: what depends on one is kept as a keyed hash of it.
type Proofs struct {
	Salt  string  `json:"salt"`            // the key of the hashes, made once
	Token string  `json:"token,omitempty"` // hash of the vendor and the token that proved an address last
	Setup string  `json:"setup,omitempty"` // the same with the settings of the tunnel
	Ways  []Proof `json:"ways,omitempty"`  // the last deliveries that proved the way from Vast.ai to a webhook
	Tests []Proof `json:"tests,omitempty"` // tests that the program asked Vast.ai for lately, also failed ones

	unknown datadir.Unknown // members that a newer version of the program wrote
}

// Check returns an error when p cannot come from a file of proofs.
func (p Proofs) Check() error {
	if p.Salt == "" {
		return errors.New("it holds no salt")
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Proofs) UnmarshalJSON(data []byte) error {
	type plain Proofs
	var q plain
	unknown, err := datadir.UnmarshalKeeping(data, &q)
	if err != nil {
		return err
	}
	*p = Proofs(q)
	p.unknown = unknown
	return nil
}

// MarshalJSON implements json.Marshaler.
func (p Proofs) MarshalJSON() ([]byte, error) {
	type plain Proofs
	return datadir.MarshalKeeping(plain(p), p.unknown)
}

// Proof is a moment for which something holds, by the wall clock.
type Proof struct {
	Key string    `json:"key"` // hash of the address, the webhook and its secret
	At  time.Time `json:"at"`
}

// fresh reports whether p is from the last ownTestEvery.
func (p Proof) fresh(now time.Time) bool { return p.within(ownTestEvery, now) }

// within reports whether p is at most that old. A moment that is still to come is
// from before the clock was set back, and says nothing.
func (p Proof) within(most time.Duration, now time.Time) bool {
	age := now.Round(0).Sub(p.At)
	return age >= 0 && age < most
}

// ProofFile keeps Proofs on disk. *config.File[Proofs] is one.
type ProofFile interface {
	Load() (Proofs, error)
	Save(p Proofs) error
}

// mostTests is how many tests the program asks for within ownTestEvery, each
// for another address, webhook or secret.
const mostTests = 4

// proofBook is Proofs with its file. It may be used from any goroutine.
type proofBook struct {
	file ProofFile // nil: what is noted holds for this run
	log  *slog.Logger

	mu     sync.Mutex
	loaded bool
	proofs Proofs
}

// look calls f with the proofs, which are read at first. Proofs that cannot be
// read are as good as none: everything is proven anew.
func (k *proofBook) look(f func(*Proofs)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.loaded {
		k.loaded = true
		if k.file != nil {
			var err error
			if k.proofs, err = k.file.Load(); err != nil {
				// Of the last good copy all is still true: each proof has its time.
				k.log.Warn("what was proven before was damaged", "err", err)
			}
		}
		if k.proofs.Salt == "" {
			k.proofs = Proofs{Salt: rand.Text()}
		}
	}
	f(&k.proofs)
}

// change keeps what f makes of the proofs.
func (k *proofBook) change(f func(*Proofs)) (err error) {
	k.look(func(p *Proofs) {
		f(p)
		if k.file != nil {
			err = k.file.Save(*p)
		}
	})
	return err
}

// hash is what stands for parts in the file.
func (k *proofBook) hash(parts ...string) (sum string) {
	k.look(func(p *Proofs) {
		mac := hmac.New(sha256.New, []byte(p.Salt))
		for _, part := range parts {
			_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part)
		}
		sum = hex.EncodeToString(mac.Sum(nil)[:16])
	})
	return sum
}

// believed returns when the way of key was proven, if that is at most lasts ago.
func (k *proofBook) believed(key string, now time.Time, lasts time.Duration) (at time.Time, ok bool) {
	k.look(func(p *Proofs) {
		for _, way := range p.Ways {
			if way.Key == key && way.within(lasts, now) {
				at, ok = way.At, true
			}
		}
	})
	return at, ok
}

// noteWay keeps that the way of key was proven at a moment.
func (k *proofBook) noteWay(key string, at time.Time) error {
	return k.change(func(p *Proofs) { p.Ways = replaceProof(p.Ways, key, at, reachedProofLasts) })
}

// lastTest returns when the program last asked for a test; zero: not lately.
func (k *proofBook) lastTest(now time.Time) (at time.Time) {
	k.look(func(p *Proofs) {
		for _, t := range p.Tests {
			if t.fresh(now) && t.At.After(at) {
				at = t.At
			}
		}
	})
	return at
}

// heldUntil returns when the next test for key may be asked for; zero: now.
func (k *proofBook) heldUntil(key string, now time.Time) (until time.Time) {
	k.look(func(p *Proofs) {
		var lately []time.Time
		for _, t := range p.Tests {
			if !t.fresh(now) {
				continue
			}
			lately = append(lately, t.At)
			if t.Key == key {
				until = t.At.Add(ownTestEvery)
			}
		}
		if until.IsZero() && len(lately) >= mostTests {
			until = slices.MinFunc(lately, time.Time.Compare).Add(ownTestEvery)
		}
	})
	return until
}

// noteTest keeps that a test for key was asked for at a moment.
func (k *proofBook) noteTest(key string, at time.Time) error {
	return k.change(func(p *Proofs) {
		p.Tests = replaceProof(p.Tests, key, at, ownTestEvery)
	})
}

// replaceProof notes a moment for key and drops those that are older than keep.
func replaceProof(proofs []Proof, key string, at time.Time, keep time.Duration) []Proof {
	kept := slices.DeleteFunc(slices.Clone(proofs), func(p Proof) bool { return p.Key == key || !p.within(keep, time.Now()) })
	return append(kept, Proof{Key: key, At: at.Round(0).UTC()})
}

// tunnelMarks are the hashes of a token and of the settings that it is used
// with.
func (k *proofBook) tunnelMarks(token relay.Secret, s tunnelSettings) (tokenMark, setupMark string) {
	setup := append([]string{"setup", s.vendor, token.Reveal()}, s.values...)
	return k.hash("token", s.vendor, token.Reveal()), k.hash(setup...)
}

// wayKey is the hash of an address, the webhook that delivers to it, and the
// secret that it signs with.
func (c *core) wayKey(ctx context.Context, r webhooks.Result) string {
	secret, err := c.o.Vault.Get(ctx, secrets.WebhookSecret(r.ID))
	if err != nil && !errors.Is(err, secrets.ErrNotFound) {
		c.log.Info("the webhook secret cannot be read just now", "err", err)
	}
	return c.proofs.hash("way", r.URL, strconv.FormatInt(r.ID, 10), secret.Reveal())
}

// provenBefore reports whether what refusal is about has proven an address
// before: a setting together with its token, anything else by the token alone.
func (l linkState) provenBefore(refusal *tunnel.PermanentError) bool {
	if refusal.Mend == tunnel.MendSettings {
		return l.provenSetup
	}
	return l.provenToken
}
