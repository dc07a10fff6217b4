package proofs

import (
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// memory keeps proofs as a disk would.
type memory struct {
	kept    Proofs
	loads   int
	loadErr error
	saveErr error
}

func (m *memory) Load() (Proofs, error) {
	m.loads++
	return m.kept, m.loadErr
}

func (m *memory) Save(p Proofs) error {
	if m.saveErr == nil {
		m.kept = p
	}
	return m.saveErr
}

// book is a Book of a fresh start over m.
func book(m *memory) *Book { return &Book{File: m, Log: slog.New(slog.DiscardHandler)} }

func TestTestsOfAnEarlierRunHoldBackThoseOfThisOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		if at := book(m).LastTest(time.Now()); !at.IsZero() {
			t.Errorf("got a test at %v before the first", at)
		}
		for i := range 2 {
			if err := book(m).NoteTest("key "+strconv.Itoa(i), time.Now()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		last := time.Now().Add(-time.Minute)
		b := book(m)
		if at := b.LastTest(time.Now()); !at.Equal(last) {
			t.Errorf("got the last test at %v, want %v", at, last)
		}
		if until := b.HeldUntil("key 1", time.Now()); !until.Equal(last.Add(TestEvery)) {
			t.Errorf("got the same test held until %v, want %v", until, last.Add(TestEvery))
		}
		if until := b.HeldUntil("another", time.Now()); !until.IsZero() {
			t.Errorf("got another test held until %v, want it at once", until)
		}
		for i := range MostTests - 2 {
			if err := b.NoteTest("more "+strconv.Itoa(i), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		first := last.Add(-time.Minute)
		if until := b.HeldUntil("another", time.Now()); !until.Equal(first.Add(TestEvery)) {
			t.Errorf("got another test held until %v, want %v: there were many", until, first.Add(TestEvery))
		}
		if now := first.Add(-time.Hour); !b.LastTest(now).IsZero() || !b.HeldUntil("key 1", now).IsZero() {
			t.Error("a test that is still to come, since the clock was set back, holds others back")
		}
		time.Sleep(TestEvery)
		if at := b.LastTest(time.Now()); !at.IsZero() {
			t.Errorf("got a test at %v, which is long ago", at)
		}
		if err := b.NoteTest("key 0", time.Now()); err != nil || len(m.kept.Tests) != 1 {
			t.Errorf("got %d tests and %v, want those that are over dropped", len(m.kept.Tests), err)
		}
	})
}

func TestAWayIsBelievedForAsLongAsIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		at := time.Now()
		if err := book(m).NoteWay("way", at); err != nil {
			t.Fatal(err)
		}
		b := book(m)
		time.Sleep(TestEvery - time.Nanosecond)
		if got, ok := b.Believed("way", time.Now(), TestEvery); !ok || !got.Equal(at) {
			t.Errorf("got %v, %v, want %v", got, ok, at)
		}
		time.Sleep(time.Nanosecond)
		if _, ok := b.Believed("way", time.Now(), TestEvery); ok {
			t.Error("it is believed for too long")
		}
		if _, ok := b.Believed("way", time.Now(), ReachedLasts); !ok {
			t.Error("it is not believed where it lasts longer")
		}
		if _, ok := b.Believed("another", time.Now(), ReachedLasts); ok {
			t.Error("another way is believed")
		}
	})
}

func TestWhatProvedAnAddressIsKnownByItsHashes(t *testing.T) {
	m := &memory{}
	b := book(m)
	token, setup := b.Hash("token"), b.Hash("token", "domain")
	if token == setup || b.Hash("ab", "c") == b.Hash("a", "bc") {
		t.Error("two things have one hash")
	}
	if err := b.NoteTunnel(token, setup); err != nil {
		t.Fatal(err)
	}
	again := book(m)
	for _, tt := range []struct {
		token, setup         string
		sameToken, sameSetup bool
	}{
		{again.Hash("token"), again.Hash("token", "domain"), true, true},
		{again.Hash("token"), again.Hash("token", "another"), true, false},
		{again.Hash("another"), again.Hash("another", "domain"), false, false},
	} {
		if sameToken, sameSetup := again.Tunnel(tt.token, tt.setup); sameToken != tt.sameToken || sameSetup != tt.sameSetup {
			t.Errorf("got %v, %v, want %v, %v", sameToken, sameSetup, tt.sameToken, tt.sameSetup)
		}
	}
	if m.loads != 2 {
		t.Errorf("read %d times, want once in each run", m.loads)
	}
	if (&Book{}).Hash("token") == token {
		t.Error("another installation has the same hashes")
	}
}

func TestWhatCannotBeKeptHoldsForThisRun(t *testing.T) {
	m := &memory{loadErr: errors.New("damaged"), saveErr: errors.New("the disk is full")}
	b := book(m)
	now := time.Now()
	if err := b.NoteTest("key", now); !errors.Is(err, m.saveErr) {
		t.Errorf("got %v, want %v", err, m.saveErr)
	}
	if at := b.LastTest(now.Add(time.Second)); !at.Equal(now) {
		t.Errorf("got %v, want %v", at, now)
	}
}
