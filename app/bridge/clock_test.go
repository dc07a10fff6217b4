package bridge

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/bridge/counts"
	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

func TestWhatCountsAsProofOfTheAddress(t *testing.T) {
	own := relay.Event{ID: "own", Type: relay.TestType, Role: relay.RoleClient}
	tests := []struct {
		name   string
		tell   relay.Delivery
		proves bool
	}{
		{"a delivery that was taken", relay.Delivery{Verdict: relay.Accepted, Status: 204}, true},
		{"one that was taken before", relay.Delivery{Verdict: relay.Accepted, Status: 204, Fresh: false}, true},
		{"one that was taken before, with an old time", relay.Delivery{Verdict: relay.Accepted, Status: 204, OffTime: true}, false},
		{"one that was refused as late", relay.Delivery{Verdict: relay.Late, Status: 401, Code: relay.CodeStaleTimestamp, OffTime: true}, false},
		{"one that is to come again for its time", relay.Delivery{Verdict: relay.Late, Status: 503, Code: relay.CodeClockUnmeasured, OffTime: true}, false},
		{"one that cannot be read", relay.Delivery{Verdict: relay.Unreadable, Status: 400, Code: relay.CodeInvalidJSON}, false},
		{"one that could not be put on disk", relay.Delivery{Status: 503, Code: relay.CodeStoreUnavailable}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The address cannot be asked for from here, so the test decides.
			play(t, func(_ *testing.T, r *rig) {
				r.probe = reach.ErrCannotCheck
				r.test = func() error {
					d := tt.tell
					d.Event, d.Arrived, d.Role = own, time.Now(), relay.RoleClient
					if d.Status == 204 {
						d.Verdict = relay.Recorded
					}
					r.Delivery(d)
					if d.Status != 204 {
						return &vastapi.Error{Class: vastapi.NotDeliverable}
					}
					return nil
				}
			}, func(t *testing.T, r *rig) {
				r.link(online())
				time.Sleep(checks.ArrivalGrace)
				synctest.Wait()
				if got := r.Status().Phase == status.Relaying; got != tt.proves {
					t.Errorf("got %s: %q, want the address proven: %v", r.Status().Phase, r.Status().Headline, tt.proves)
				}
				if got := !r.core.tests.LastDelivery(relay.Roles()...).IsZero(); got != tt.proves {
					t.Errorf("got it counted as a delivery that came through: %v, want %v", got, tt.proves)
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if got := r.Status().Phase == status.Relaying; got != tt.proves {
					t.Errorf("5 minutes later: got %s: %q, want the address proven: %v", r.Status().Phase, r.Status().Headline, tt.proves)
				}
			})
		})
	}
}

func TestWhyADeliveryWasUnreadableIsTold(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: relay.Event{Message: "Its body is empty."}, Verdict: relay.Unreadable, Status: 400, Code: relay.CodeInvalidJSON})
		time.Sleep(counts.Interval)
		synctest.Wait()
		if got := r.Status().UnreadableReason; got.String() != "Its body is empty." {
			t.Errorf("got %q, want the reason of the last unreadable delivery", got)
		}
	})
}

func TestALateTestSaysNothingOfTheSecret(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() {
			r.test = func() error {
				r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: relay.Event{Type: relay.TestType}, Verdict: relay.Late, Status: 503, Code: relay.CodeClockUnmeasured, OffTime: true})
				return &vastapi.Error{Class: vastapi.DeliveryFailed}
			}
		})
		r.Suspect(relay.RoleClient)
		synctest.Wait()
		if got := r.count("rotate"); got != 0 {
			t.Errorf("got %d rotations, want none: the signature was right", got)
		}
	})
}

func TestTroubleWithTheClock(t *testing.T) {
	tests := []struct {
		name  string
		state relay.ClockState
		want  []string // parts of the sentence; none: there is no trouble
	}{
		{"nobody was asked", relay.ClockState{}, nil},
		{"all agree", relay.ClockState{Measured: true, Readings: []relay.ClockReading{{Witness: "Vast.ai"}, {Witness: "Google Chat"}}}, nil},
		{"all agree that it is off", relay.ClockState{Measured: true, Offset: time.Hour, Readings: []relay.ClockReading{{Witness: "Vast.ai", Offset: time.Hour}}}, nil},
		{
			"they disagree",
			relay.ClockState{Disputed: true, Readings: []relay.ClockReading{{Witness: "Vast.ai", Offset: -24 * time.Hour}, {Witness: "Google Chat"}}},
			[]string{"by Vast.ai, 24h0m0s behind", "by Google Chat, right"},
		},
		{"deliveries are held up, and nobody can be asked", relay.ClockState{Held: true}, []string{"Neither Vast.ai nor Google Chat"}},
		{
			"deliveries are held up by one witness",
			relay.ClockState{Held: true, Measured: true, Readings: []relay.ClockReading{{Witness: "Vast.ai", Offset: time.Hour}}},
			[]string{"by Vast.ai, 1h0m0s ahead"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := checks.ClockTrouble(tt.state)
			if got.IsZero() != (tt.want == nil) {
				t.Errorf("got %q", got)
			}
			for _, part := range tt.want {
				if !strings.Contains(got.String(), part) {
					t.Errorf("got %q, want it to say %q", got, part)
				}
			}
		})
	}
}

func TestWitnessesThatDisagreeShow(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		r.clock.Note("Google Chat", -24*time.Hour)
		r.NoteClock()
		synctest.Wait()
		r.wantPhase(t, status.Attention, "It is not certain what time it is")
		r.clock.Note("Google Chat", 80*time.Second)
		time.Sleep(remeasureEvery + time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
		if got := r.Status().ClockOffset; got == nil || (*got-85*time.Second).Abs() > 10*time.Second {
			t.Errorf("got offset %v, want what the two agree on", got)
		}
	})
}

// TestAClockThatIsCertainAgainRepeatsATestSeldom has the witnesses disagree and
// agree in turn, while each test from Vast.ai is refused for its time.
func TestAClockThatIsCertainAgainRepeatsATestSeldom(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.probe = reach.ErrCannotCheck
		r.test = func() error {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: relay.Event{Type: relay.TestType}, Verdict: relay.Late, Status: 503, Code: relay.CodeClockUnmeasured, OffTime: true})
			return &vastapi.Error{Class: vastapi.DeliveryFailed}
		}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		flap := func() {
			r.clock.Note("Google Chat", -24*time.Hour)
			r.NoteClock()
			synctest.Wait()
			r.clock.Note("Google Chat", 80*time.Second)
			time.Sleep(remeasureEvery + time.Second)
			synctest.Wait()
		}
		before := r.count("test")
		flap()
		if got := r.count("test") - before; got != 1 {
			t.Errorf("got %d tests after the clock was certain again, want one at once", got)
		}
		for range 10 { // for four minutes
			flap()
		}
		if got := r.count("test") - before; got != 1 {
			t.Errorf("got %d tests while the clock was certain in turn, want no other one", got)
		}
		if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.count("test") - before; got != 2 {
			t.Errorf("got %d tests, want another one for the person who asked", got)
		}
	})
}

func TestAnAnswerThatDoesNotSayTheTimeIsNoWitness(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		noted, asked := r.count("clock"), r.count("whoami")
		if noted == 0 {
			t.Error("got no word of the time from an answer that says it")
		}
		r.do(func() { r.dated = time.Minute })
		time.Sleep(recheckEvery)
		synctest.Wait()
		if r.count("whoami") == asked {
			t.Fatal("the key was not proven again")
		}
		if got := r.count("clock"); got != noted {
			t.Errorf("got the time noted %d times, want %d: what an earlier answer said is old", got, noted)
		}
	})
}
