package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"vastrelay/relay"
)

// Bounds of the signature check. Vast.ai's documentation asks for the 300
// seconds: https://docs.vast.ai/guides/reference/notification-webhooks .
const (
	// TimeWindow is how far a delivery's signed time may be from Vast.ai's
	// clock, in either direction.
	TimeWindow = 300 * time.Second

	// RotateGrace is for how long after a new secret was loaded the one before
	// it is still tried, and mismatches are answered with "try again".
	RotateGrace = 10 * time.Minute

	// rotateLimit ends a rotate that was started and never reported on.
	rotateLimit = time.Hour
)

// Verifier knows the webhook secrets of each role and decides whether a
// delivery was signed with one of them. A role is in one of three states:
//
//   - absent: no webhook of ours exists; its path is unknown to the world.
//   - expected: a webhook exists or is being made, its secret is not loaded.
//   - ready: at least one secret is loaded.
//
// Someone who changes a secret at Vast.ai calls RotateStarted before the
// request leaves and SecretLoaded or RotateEnded when the outcome is known, so
// that deliveries signed on either side of the switch are never refused for
// good. It is safe for concurrent use; the zero value is not usable.
type Verifier struct {
	mu    sync.RWMutex // guards all below
	roles map[relay.Role]*keys
}

// keys is what a Verifier knows of one role.
type keys struct {
	expected bool
	current  relay.Secret
	retired  []retiredSecret // former secrets, each tried until its time
	added    []relay.Secret  // from outside, for webhooks made by hand

	rotatingUntil time.Time // zero: no rotate is under way
	graceUntil    time.Time // mismatches are not final before then
	suspect       bool
}

type retiredSecret struct {
	secret relay.Secret
	until  time.Time
}

// NewVerifier returns a Verifier to which every role is absent.
func NewVerifier() *Verifier {
	return &Verifier{roles: make(map[relay.Role]*keys)}
}

// Expect says that a webhook of ours exists for role or is about to be made.
// Until its secret is loaded, deliveries are answered with "try again". It
// changes nothing when a secret is loaded already.
func (v *Verifier) Expect(role relay.Role) {
	v.update(role, func(k *keys) { k.expected = true })
}

// SecretLoaded says that s, read back from where it is kept, is the secret of
// role's webhook. It ends a rotate. Where s replaces another secret or ends a
// rotate, the one before it stays valid for RotateGrace, since events signed
// with it may be on their way. An empty s is ignored.
func (v *Verifier) SecretLoaded(role relay.Role, s relay.Secret) {
	if s.Empty() {
		return
	}
	v.update(role, func(k *keys) {
		until := time.Now().Add(RotateGrace)
		replaced := !k.current.Empty() && k.current != s
		if replaced {
			k.retired = append(k.retired, retiredSecret{k.current, until})
		}
		if replaced || !k.rotatingUntil.IsZero() {
			k.graceUntil = until
		}
		k.expected, k.current, k.rotatingUntil = true, s, time.Time{}
	})
}

// Forget makes role absent: its webhook is gone. Secrets that came by AddSecret
// belong to webhooks that are not ours and stay.
func (v *Verifier) Forget(role relay.Role) {
	v.update(role, func(k *keys) { *k = keys{added: k.added} })
}

// RotateStarted says that a request which may replace the secret of role is about to
// leave. From then on a mismatch is answered with "try again": the delivery may
// be signed with the secret that we are about to learn. That ends RotateGrace
// after SecretLoaded, at once with RotateEnded, and in any case an hour after
// the last RotateStarted, so that a caller that died cannot keep forged
// requests in retry for ever.
func (v *Verifier) RotateStarted(role relay.Role) {
	v.update(role, func(k *keys) {
		k.expected = true
		k.rotatingUntil = time.Now().Add(rotateLimit)
	})
}

// RotateEnded says that the request certainly changed nothing: the secret that
// was loaded before it is still the valid one. Do not call it when the outcome
// is unknown; rotate again instead.
func (v *Verifier) RotateEnded(role relay.Role) {
	v.update(role, func(k *keys) { k.rotatingUntil = time.Time{} })
}

// AddSecret accepts s for role beside the secret of our own webhook, for as long
// as the Verifier lives. It serves webhooks that a person made by hand, and
// makes an absent role ready. An empty s is ignored.
func (v *Verifier) AddSecret(role relay.Role, s relay.Secret) {
	if s.Empty() {
		return
	}
	v.update(role, func(k *keys) {
		if !slices.Contains(k.added, s) {
			k.added = append(k.added, s)
		}
	})
}

// Suspect says whether it is being checked if the secret of role is still right.
// While it is, a mismatch is answered with "try again".
func (v *Verifier) Suspect(role relay.Role, checking bool) {
	v.update(role, func(k *keys) { k.suspect = checking })
}

func (v *Verifier) update(role relay.Role, change func(*keys)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k, ok := v.roles[role]
	if !ok {
		k = &keys{}
		v.roles[role] = k
	}
	change(k)
	now := time.Now()
	k.retired = slices.DeleteFunc(k.retired, func(r retiredSecret) bool { return !now.Before(r.until) })
}

// keyState is the state of a role.
type keyState int

const (
	keysAbsent keyState = iota
	keysExpected
	keysReady
)

func (v *Verifier) keyState(role relay.Role) keyState {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k := v.roles[role]
	switch {
	case k == nil:
		return keysAbsent
	case !k.current.Empty() || len(k.added) > 0:
		return keysReady
	case k.expected:
		return keysExpected
	default:
		return keysAbsent
	}
}

// match is the result of comparing a signature with the secrets of a role.
type match int

const (
	matched    match = iota
	mismatched       // with every secret, for good
	unsettled        // with every secret, but the right one may be about to be known
)

// verify compares mac with the signature that each secret of role gives to
// timestamp and body, in constant time.
func (v *Verifier) verify(role relay.Role, timestamp string, body []byte, mac signature) match {
	secrets, final := v.candidates(role, time.Now())
	found := false
	for _, s := range secrets {
		want := sign(s, timestamp, body)
		if hmac.Equal(want[:], mac[:]) {
			found = true // No early exit: the time taken tells nothing of which secret matched.
		}
	}
	switch {
	case found:
		return matched
	case final:
		return mismatched
	default:
		return unsettled
	}
}

// candidates returns the secrets to try for role, and whether a mismatch with all
// of them is final.
func (v *Verifier) candidates(role relay.Role, now time.Time) (secrets []relay.Secret, final bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k := v.roles[role]
	if k == nil {
		return nil, false
	}
	if !k.current.Empty() {
		secrets = append(secrets, k.current)
	}
	for _, r := range k.retired {
		if now.Before(r.until) {
			secrets = append(secrets, r.secret)
		}
	}
	secrets = append(secrets, k.added...)
	unloaded := k.expected && k.current.Empty()
	return secrets, !unloaded && !k.suspect && !now.Before(k.rotatingUntil) && !now.Before(k.graceUntil)
}

// sign returns the HMAC-SHA256 of timestamp, a full stop and the raw body.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
func sign(s relay.Secret, timestamp string, body []byte) signature {
	h := hmac.New(sha256.New, []byte(s.Reveal()))
	h.Write([]byte(timestamp))
	h.Write([]byte{'.'})
	h.Write(body)
	return signature(h.Sum(nil))
}
