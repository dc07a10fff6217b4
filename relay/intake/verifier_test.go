package intake

import (
	"encoding/hex"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

const (
	vectorSecret    = "stub-secret-0001"
	vectorTimestamp = "1772490000"
	vectorBody      = `{"event_id":"00112233445566778899aabbccddeeff","user_id":4711,"notif_type":"outbid",` +
		`"subject":"Instance outbid","message":"Bid 0.30 \u2014 needs 0.42","timestamp":1772489999.5}`
	vectorBodyRaw = `{"event_id":"00112233445566778899aabbccddeeff","user_id":4711,"notif_type":"outbid",` +
		`"subject":"Instance outbid","message":"Bid 0.30 — needs 0.42","timestamp":1772489999.5}`
)

func signatureVectors() []struct{ name, body, digest string } {
	return []struct{ name, body, digest string }{
		{"an empty body", "", "5f2ebad6162d7c9a2c078c66754de349776474f53780598efd37e7e122e56cbf"},
		{"a body with an escaped dash", vectorBody, "962d246da994179383469719ddd60938ce73d0aaa7b9eae2b7a0dcfb1194853b"},
		{"a body with a raw dash", vectorBodyRaw, "89fb6a1a2a5fd44246ca6431c61019011f6adb0a90b50d64750243989924b286"},
	}
}

func TestSignatureVectors(t *testing.T) {
	if len(vectorBody) != 176 || len(vectorBodyRaw) != 173 {
		t.Fatalf("bodies of %d and %d bytes, want 176 and 173", len(vectorBody), len(vectorBodyRaw))
	}
	for _, tt := range signatureVectors() {
		t.Run(tt.name, func(t *testing.T) {
			mac := sign(relay.NewSecret(vectorSecret), vectorTimestamp, []byte(tt.body))
			if got := hex.EncodeToString(mac[:]); got != tt.digest {
				t.Errorf("digest: got %s, want %s", got, tt.digest)
			}
			parsed, err := parseSignature("sha256=" + tt.digest)
			if err != nil {
				t.Fatal(err)
			}
			v := NewVerifier()
			v.SecretLoaded(relay.RoleClient, relay.NewSecret(vectorSecret))
			if got := v.verify(relay.RoleClient, vectorTimestamp, []byte(tt.body), parsed); got != matched {
				t.Errorf("verify: got %v, want a match", got)
			}
			if got := v.verify(relay.RoleClient, vectorTimestamp, []byte(tt.body+" "), parsed); got != mismatched {
				t.Errorf("verify with one byte more: got %v, want a mismatch", got)
			}
			if got := v.verify(relay.RoleClient, vectorTimestamp+"0", []byte(tt.body), parsed); got != mismatched {
				t.Errorf("verify with another time: got %v, want a mismatch", got)
			}
		})
	}
}

// TestVerifierFollowsTheLifeOfASecret plays what happens to a webhook and asks
// after each step what a delivery signed with each secret would meet.
func TestVerifierFollowsTheLifeOfASecret(t *testing.T) {
	const c = relay.RoleClient
	load := func(s string) func(*Verifier) { return func(v *Verifier) { v.SecretLoaded(c, relay.NewSecret(s)) } }
	add := func(s string) func(*Verifier) { return func(v *Verifier) { v.AddSecret(c, relay.NewSecret(s)) } }
	pass := func(d time.Duration) func(*Verifier) { return func(*Verifier) { time.Sleep(d) } }
	expect := func(v *Verifier) { v.Expect(c) }
	forget := func(v *Verifier) { v.Forget(c) }
	rotate := func(v *Verifier) { v.RotateStarted(c) }
	refused := func(v *Verifier) { v.RotateEnded(c) }
	suspect := func(v *Verifier) { v.Suspect(c, true) }
	cleared := func(v *Verifier) { v.Suspect(c, false) }
	do := func(steps ...func(*Verifier)) []func(*Verifier) { return steps }

	tests := []struct {
		name    string
		steps   []func(*Verifier)
		state   keyState
		matches []string // secrets that match
		other   match    // what any other secret meets
	}{
		{"nothing is known at first", nil, keysAbsent, nil, unsettled},
		{"a webhook is expected", do(expect), keysExpected, nil, unsettled},
		{"an empty secret loads nothing", do(expect, load("")), keysExpected, nil, unsettled},
		{"its secret is loaded", do(expect, load("a")), keysReady, []string{"a"}, mismatched},
		{"expecting again changes nothing", do(load("a"), expect), keysReady, []string{"a"}, mismatched},
		{"loading the same secret again opens no grace", do(load("a"), load("a")), keysReady, []string{"a"}, mismatched},
		{"the webhook is gone", do(load("a"), forget), keysAbsent, nil, mismatched},
		{"a rotate is under way", do(load("a"), rotate), keysReady, []string{"a"}, unsettled},
		{"a rotate of a secret that was never loaded", do(rotate), keysExpected, nil, unsettled},
		{"the new secret is loaded", do(load("a"), rotate, load("b")), keysReady, []string{"a", "b"}, unsettled},
		{"just before the grace ends", do(load("a"), rotate, load("b"), pass(RotateGrace-time.Second)), keysReady, []string{"a", "b"}, unsettled},
		{"the grace is over", do(load("a"), rotate, load("b"), pass(RotateGrace)), keysReady, []string{"b"}, mismatched},
		{"a rotate after a lost secret has a grace too", do(rotate, load("b")), keysReady, []string{"b"}, unsettled},
		{"a rotate that gives the same secret", do(load("a"), rotate, load("a")), keysReady, []string{"a"}, unsettled},
		{"two rotates in a row", do(load("a"), rotate, load("b"), pass(time.Minute), rotate, load("c")), keysReady, []string{"a", "b", "c"}, unsettled},
		{"each former secret has its own end", do(load("a"), rotate, load("b"), pass(5*time.Minute), rotate, load("c"), pass(6*time.Minute)), keysReady, []string{"b", "c"}, unsettled},
		{"a new webhook replaces the old one's secret", do(load("a"), load("b")), keysReady, []string{"a", "b"}, unsettled},
		{"a rotate was refused", do(load("a"), rotate, refused), keysReady, []string{"a"}, mismatched},
		{"nobody reports on a rotate for a while", do(load("a"), rotate, pass(rotateLimit-time.Second)), keysReady, []string{"a"}, unsettled},
		{"nobody ever reports on a rotate", do(load("a"), rotate, pass(rotateLimit)), keysReady, []string{"a"}, mismatched},
		{"a second try renews the limit", do(load("a"), rotate, pass(rotateLimit/2), rotate, pass(rotateLimit/2)), keysReady, []string{"a"}, unsettled},
		{"the secret is suspected", do(load("a"), suspect), keysReady, []string{"a"}, unsettled},
		{"the suspicion is over", do(load("a"), suspect, cleared), keysReady, []string{"a"}, mismatched},
		{"a secret from outside alone", do(add("x")), keysReady, []string{"x"}, mismatched},
		{"a secret from outside, ours not loaded", do(expect, add("x")), keysReady, []string{"x"}, unsettled},
		{"a secret from outside beside ours", do(load("a"), add("x"), add("x"), add("")), keysReady, []string{"a", "x"}, mismatched},
		{"a secret from outside outlives ours", do(load("a"), add("x"), forget), keysReady, []string{"x"}, mismatched},
		{"a secret from outside outlives a rotate", do(load("a"), add("x"), rotate, load("b"), pass(RotateGrace)), keysReady, []string{"b", "x"}, mismatched},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := NewVerifier()
				for _, step := range tt.steps {
					step(v)
				}
				if got := v.keyState(c); got != tt.state {
					t.Errorf("state: got %v, want %v", got, tt.state)
				}
				want := map[string]match{"a": tt.other, "b": tt.other, "c": tt.other, "x": tt.other, "stranger": tt.other}
				for _, s := range tt.matches {
					want[s] = matched
				}
				if tt.state == keysAbsent {
					return // The receiver asks no further.
				}
				for s, want := range want {
					if got := v.verify(c, "1", []byte("body"), sign(relay.NewSecret(s), "1", []byte("body"))); got != want {
						t.Errorf("signed with %q: got %v, want %v", s, got, want)
					}
				}
				if got := v.keyState(relay.RoleHost); got != keysAbsent {
					t.Errorf("the other role: got %v, want it absent", got)
				}
			})
		})
	}
}

func TestThreeMismatchesWithinAMinuteAreSuspect(t *testing.T) {
	start := time.Unix(1772490000, 0)
	tests := []struct {
		name string
		at   []time.Duration
		want []bool
	}{
		{"three at once", []time.Duration{0, 0, 0}, []bool{false, false, true}},
		{"three just within a minute", []time.Duration{0, 30 * time.Second, 59 * time.Second}, []bool{false, false, true}},
		{"three over a minute", []time.Duration{0, 30 * time.Second, 60 * time.Second}, []bool{false, false, false}},
		{"the last three of four", []time.Duration{0, 50 * time.Second, 70 * time.Second, 100 * time.Second}, []bool{false, false, false, true}},
		{"a new count after each alarm", []time.Duration{0, 0, 0, 0, 0, 0, 0}, []bool{false, false, true, false, false, true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w mismatchWatch
			for i, at := range tt.at {
				if got := w.add(relay.RoleClient, start.Add(at)); got != tt.want[i] {
					t.Errorf("mismatch %d: got %v, want %v", i+1, got, tt.want[i])
				}
				if w.add(relay.RoleHost, start.Add(at)) && i < 2 {
					t.Error("the roles are counted together")
				}
			}
		})
	}
}
