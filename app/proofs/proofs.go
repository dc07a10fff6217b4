// Package proofs keeps on disk what was proven of the way from Vast.ai to this
// program, and which tests were asked for, so that a program that is restarted
// again and again does not ask for a test each time.
//
// A Book is safe for concurrent use and owns its file. It holds no secret: what
// depends on one is kept as a keyed hash of it.
package proofs

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vastrelay/app/datadir"
)

// TestEvery is the shortest time between two tests that the program itself asks
// Vast.ai for.
const TestEvery = 15 * time.Minute

// ReachedLasts is how long a delivery of Vast.ai proves an address that each
// probe reaches as well. The rules of a proxy in front seldom change, and a test
// every quarter of an hour would cost Vast.ai a hundred a day.
const ReachedLasts = 24 * time.Hour

// Proofs is what a restart must not forget of what was proven. It holds no
// secret: what depends on one is kept as a keyed hash of it.
type Proofs struct {
	Salt  string  `json:"salt"`            // the key of the hashes, made once
	Token string  `json:"token,omitempty"` // Hash of the vendor and the token that proved an address last
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
	Key string    `json:"key"` // Hash of the address, the webhook and its secret
	At  time.Time `json:"at"`
}

// fresh reports whether p is from the last TestEvery.
func (p Proof) fresh(now time.Time) bool { return p.within(TestEvery, now) }

// within reports whether p is at most that old. A moment that is still to come is
// from before the clock was set back, and says nothing.
func (p Proof) within(most time.Duration, now time.Time) bool {
	age := now.Round(0).Sub(p.At)
	return age >= 0 && age < most
}

// File keeps Proofs on disk. *datadir.File[Proofs] is one.
type File interface {
	Load() (Proofs, error)
	Save(p Proofs) error
}

// MostTests is how many tests the program asks for within TestEvery, each
// for another address, webhook or secret.
const MostTests = 4

// Book is Proofs with its file. It may be used from any goroutine.
type Book struct {
	File File         // nil: what is noted holds for this run
	Log  *slog.Logger // of a file that is damaged

	mu     sync.Mutex
	loaded bool
	proofs Proofs
}

// look calls f with the proofs, which are read at first. Proofs that cannot be
// read are as good as none: everything is proven anew.
func (b *Book) look(f func(*Proofs)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.loaded {
		b.loaded = true
		if b.File != nil {
			var err error
			if b.proofs, err = b.File.Load(); err != nil {
				// Of the last good copy all is still true: each proof has its time.
				b.Log.Warn("what was proven before was damaged", "err", err)
			}
		}
		if b.proofs.Salt == "" {
			b.proofs = Proofs{Salt: rand.Text()}
		}
	}
	f(&b.proofs)
}

// change keeps what f makes of the proofs.
func (b *Book) change(f func(*Proofs)) (err error) {
	b.look(func(p *Proofs) {
		f(p)
		if b.File != nil {
			err = b.File.Save(*p)
		}
	})
	return err
}

// Hash is what stands for parts in the file.
func (b *Book) Hash(parts ...string) (sum string) {
	b.look(func(p *Proofs) {
		mac := hmac.New(sha256.New, []byte(p.Salt))
		for _, part := range parts {
			_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part)
		}
		sum = hex.EncodeToString(mac.Sum(nil)[:16])
	})
	return sum
}

// Believed returns when the way of key was proven, if that is at most lasts ago.
func (b *Book) Believed(key string, now time.Time, lasts time.Duration) (at time.Time, ok bool) {
	b.look(func(p *Proofs) {
		for _, way := range p.Ways {
			if way.Key == key && way.within(lasts, now) {
				at, ok = way.At, true
			}
		}
	})
	return at, ok
}

// NoteWay keeps that the way of key was proven at a moment.
func (b *Book) NoteWay(key string, at time.Time) error {
	return b.change(func(p *Proofs) { p.Ways = replaceProof(p.Ways, key, at, ReachedLasts) })
}

// LastTest returns when the program last asked for a test; zero: not lately.
func (b *Book) LastTest(now time.Time) (at time.Time) {
	b.look(func(p *Proofs) {
		for _, t := range p.Tests {
			if t.fresh(now) && t.At.After(at) {
				at = t.At
			}
		}
	})
	return at
}

// HeldUntil returns when the next test for key may be asked for; zero: now.
func (b *Book) HeldUntil(key string, now time.Time) (until time.Time) {
	b.look(func(p *Proofs) {
		var lately []time.Time
		for _, t := range p.Tests {
			if !t.fresh(now) {
				continue
			}
			lately = append(lately, t.At)
			if t.Key == key {
				until = t.At.Add(TestEvery)
			}
		}
		if until.IsZero() && len(lately) >= MostTests {
			until = slices.MinFunc(lately, time.Time.Compare).Add(TestEvery)
		}
	})
	return until
}

// NoteTest keeps that a test for key was asked for at a moment.
func (b *Book) NoteTest(key string, at time.Time) error {
	return b.change(func(p *Proofs) {
		p.Tests = replaceProof(p.Tests, key, at, TestEvery)
	})
}

// replaceProof notes a moment for key and drops those that are older than keep.
func replaceProof(proofs []Proof, key string, at time.Time, keep time.Duration) []Proof {
	kept := slices.DeleteFunc(slices.Clone(proofs), func(p Proof) bool { return p.Key == key || !p.within(keep, time.Now()) })
	return append(kept, Proof{Key: key, At: at.Round(0).UTC()})
}

// Tunnel reports whether the token, and the token with its settings, have proven an
// address last; both are given as their hashes.
func (b *Book) Tunnel(token, setup string) (sameToken, sameSetup bool) {
	b.look(func(p *Proofs) { sameToken, sameSetup = p.Token == token, p.Setup == setup })
	return sameToken, sameSetup
}

// NoteTunnel keeps that a token with its settings has proven an address.
func (b *Book) NoteTunnel(token, setup string) error {
	return b.change(func(p *Proofs) { p.Token, p.Setup = token, setup })
}
