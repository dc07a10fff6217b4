package gaps

import (
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

func TestGapsOfAStatus(t *testing.T) {
	inPhase := func(p status.Phase) status.Status {
		s := lost()
		s.Phase = p
		return s
	}
	for name, tt := range map[string]struct {
		status  func() status.Status
		network bool
		want    relay.GapCause // empty: no gap
		lose    bool
	}{
		"the tunnel is lost":                       {lost, true, relay.GapTunnel, true},
		"somebody else answers at the address":     {func() status.Status { return with(proven(), health.HopAddress, health.HopFailing) }, true, relay.GapTunnel, true},
		"the network is gone, and the tunnel with": {lost, false, relay.GapNetwork, true},
		"another computer has the address":         {func() status.Status { return inPhase(status.Standby) }, true, relay.GapStandby, false},
		"a credential is missing":                  {func() status.Status { return inPhase(status.Setup) }, true, relay.GapSecret, true},
		"the keyring cannot be read":               {func() status.Status { return with(lost(), health.HopKeyring, health.HopFailing) }, true, relay.GapSecret, true},
		"the disk is full":                         {fullDisk, true, relay.GapDisk, false},
		"the webhook is gone":                      {func() status.Status { s := proven(); s.Webhooks = nil; return s }, true, relay.GapWebhook, true},
		"the key was refused before the probe":     {func() status.Status { return with(lost(), health.HopVast, health.HopFailing) }, true, relay.GapVast, true},
		"Vast.ai's API is away":                    {func() status.Status { return with(proven(), health.HopVast, health.HopFailing) }, true, "", false},
		"the address changes, and the one before stays": {func() status.Status {
			s := lost()
			s.AddressBefore = "https://before.example"
			return s
		}, true, "", false},
		"the token of the next tunnel is missing": {func() status.Status {
			s := inPhase(status.Setup)
			s.AddressBefore = "https://before.example"
			return s
		}, true, "", false},
		"somebody gave the webhook another address": {func() status.Status {
			s := proven()
			s.Webhooks = []status.Webhook{{ID: 1, Edited: &status.Edit{URL: "https://elsewhere.example"}}}
			return s
		}, true, relay.GapWebhook, true},
		"Google Chat refuses the posts":             {func() status.Status { return with(proven(), health.HopChat, health.HopFailing) }, true, "", false},
		"posting is paused":                         {func() status.Status { s := proven(); s.Phase = status.Paused; return s }, true, "", false},
		"the webhooks cannot be looked at just now": {func() status.Status { return with(proven(), health.HopWebhook, health.HopFailing) }, true, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				began := r.now()
				r.relaying()
				r.pass(10 * time.Minute)
				r.routed = tt.network
				r.set(tt.status())
				r.pass(time.Hour)
				r.routed = true
				if open := r.tracker.Status().Open; (open != nil) != (tt.want != "") || open != nil && open.Cause != tt.want {
					t.Errorf("meanwhile: got %+v, want cause %q", open, tt.want)
				}
				r.set(proven())
				r.pass(time.Minute)
				if tt.want == "" {
					r.want(began)
				} else {
					r.want(began, gap{10 * time.Minute, time.Hour, tt.want, tt.lose})
				}
				r.stop()
			})
		})
	}
}

func TestAGapThatNobodyWouldNoticeIsNotRecorded(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(shortest - time.Second)
		r.set(proven())
		r.pass(time.Hour)
		r.want(began)
		r.stop()
	})
}

func TestWithATunnelThatIsRetriedNothingIsLost(t *testing.T) {
	inRig(t, func(r *rig) {
		r.final = false
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(time.Hour)
		r.set(proven())
		r.want(began, gap{time.Minute, time.Hour, relay.GapTunnel, false})
		r.stop()
	})
}

func TestGapsBetweenRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(r *rig) // after ten minutes of relaying; takes a minute
		end    func(r *rig)
		want   []gap // between the two runs, which are an hour apart
	}{
		"the program was stopped": {nil, (*rig).stop, []gap{{11 * time.Minute, time.Hour, relay.GapNotRunning, true}}},
		"the program was killed":  {nil, (*rig).kill, []gap{{11 * time.Minute, time.Hour, relay.GapNotRunning, true}}},
		"it was stopped while the tunnel was lost": {
			func(r *rig) { r.set(lost()) }, (*rig).stop,
			[]gap{{10 * time.Minute, time.Minute, relay.GapTunnel, true}, {11 * time.Minute, time.Hour, relay.GapNotRunning, true}},
		},
		"it was killed while the tunnel was lost": {
			func(r *rig) { r.set(lost()) }, (*rig).kill,
			[]gap{{10 * time.Minute, time.Hour + time.Minute, relay.GapTunnel, true}},
		},
		"it was killed while the disk was full": {
			func(r *rig) { r.store.fail(errFull); r.set(fullDisk()) }, (*rig).kill,
			[]gap{{10 * time.Minute, time.Hour + time.Minute, relay.GapNotRunning, true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				began := r.now()
				r.relaying()
				r.pass(10 * time.Minute)
				if tt.before != nil {
					tt.before(r)
				}
				r.pass(time.Minute)
				tt.end(r)
				r.pass(time.Hour)
				r.start()
				r.pass(3 * time.Second)
				if open := r.tracker.Status().Open; open == nil {
					t.Error("while it starts: got no gap, want one open")
				}
				r.set(proven())
				r.want(began, tt.want...)
				r.stop()
			})
		})
	}
}

func TestAKillSoonAfterAGapMakesNoGapThatReachesIntoIt(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(20 * time.Second)
		r.set(proven())
		r.pass(time.Second)
		r.kill()
		r.pass(time.Hour)
		r.relaying()
		r.want(
			began,
			gap{time.Minute, 20 * time.Second, relay.GapTunnel, true},
			gap{time.Minute + 21*time.Second, time.Hour, relay.GapNotRunning, true},
		)
		if last := r.tracker.Status().Last; last[0].Start.Before(last[1].End) {
			t.Errorf("got %+v, want no overlap", last)
		}
		r.stop()
	})
}

func TestAGapThatIsShownAsOverIsOnDisk(t *testing.T) {
	t.Parallel()
	inRig(t, func(r *rig) {
		r.relaying()
		r.set(lost())
		r.pass(10 * time.Minute)
		looked := false
		r.asked = func() { // as soon as deliveries arrive again
			told := r.tracker.Status()
			looked = told.Open == nil && len(told.Last) == 1
			if at, err := (mark{r.mark}).load(); err != nil || !looked || at.Before(told.Last[0].End.Truncate(time.Second)) {
				r.t.Errorf("got %v, %v in the file, want the end of the gap: %+v", at, err, told)
			}
		}
		r.set(proven())
		if !looked {
			r.t.Error("nothing was asked when the gap ended")
		}
		r.asked = nil
		r.stop()
	})
}

func TestAFirstStartIsNoGap(t *testing.T) {
	inRig(t, func(r *rig) {
		r.start()
		r.pass(time.Hour)
		if open := r.tracker.Status().Open; open != nil {
			t.Errorf("got %+v, want none: nothing was ever proven", open)
		}
		began := r.now()
		r.set(proven())
		r.want(began)
		r.stop()
	})
}

func TestStartsThatProveNothingAreOneGap(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.stop()
		for range 3 {
			r.pass(time.Hour)
			r.start()
			r.pass(10 * time.Second)
			r.stop()
		}
		r.relaying()
		r.want(began, gap{time.Minute, 3*time.Hour + 30*time.Second, relay.GapNotRunning, true})
		r.stop()
	})
}

func TestWhatIsWrongAfterAStartIsAGapOfItsOwn(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.stop()
		r.pass(time.Hour)
		r.start()
		r.set(lost())
		r.pass(30 * time.Minute)
		r.set(proven())
		r.want(
			began,
			gap{time.Minute, time.Hour, relay.GapNotRunning, true},
			gap{time.Hour + time.Minute, 30 * time.Minute, relay.GapTunnel, true},
		)
		r.stop()
	})
}

func TestSleep(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(r *rig) // a moment before falling asleep, after a minute of relaying
		after  func(r *rig) // from waking up until deliveries arrive
		want   []gap
	}{
		"the status notices": {
			nil, func(r *rig) { r.set(lost()); r.pass(5 * time.Second); r.set(proven()) },
			[]gap{{time.Minute, 19*time.Minute + 5*time.Second, relay.GapSleep, true}},
		},
		"the status does not notice": {
			nil, func(r *rig) { r.pass(doubtFor) },
			[]gap{{time.Minute, 19*time.Minute + doubtFor, relay.GapSleep, true}},
		},
		"a delivery arrives at once": {
			nil, func(r *rig) { r.pass(time.Second); r.deliver() },
			[]gap{{time.Minute, 19*time.Minute + time.Second, relay.GapSleep, true}},
		},
		"the network goes a moment before": {
			func(r *rig) { r.set(lost()); r.pass(time.Second) },
			func(r *rig) { r.pass(5 * time.Second); r.set(proven()) },
			[]gap{{time.Minute, 19*time.Minute + 6*time.Second, relay.GapSleep, true}},
		},
		"the tunnel had been lost long before": {
			func(r *rig) { r.set(lost()); r.pass(10 * time.Minute) },
			func(r *rig) { r.pass(5 * time.Second); r.set(proven()) },
			[]gap{{time.Minute, 10 * time.Minute, relay.GapTunnel, true}, {11 * time.Minute, 19*time.Minute + 5*time.Second, relay.GapSleep, true}},
		},
		"it falls asleep again before it is proven": {
			nil, func(r *rig) {
				r.set(lost())
				r.pass(time.Second)
				r.sleep(time.Hour)
				r.pass(time.Second)
				r.set(proven())
			},
			[]gap{{time.Minute, 79*time.Minute + 2*time.Second, relay.GapSleep, true}},
		},
		"there is no network for a while": {
			nil, func(r *rig) {
				r.routed = false
				r.set(lost())
				r.pass(10 * time.Minute)
				r.routed = true
				r.set(proven())
			},
			[]gap{{time.Minute, 19 * time.Minute, relay.GapSleep, true}, {20 * time.Minute, 10 * time.Minute, relay.GapNetwork, true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				began := r.now()
				r.relaying()
				r.pass(time.Minute)
				if tt.before != nil {
					tt.before(r)
				}
				r.sleep(19 * time.Minute)
				tt.after(r)
				synctest.Wait()
				r.want(began, tt.want...)
				r.stop()
			})
		})
	}
}

// deliver has a delivery arrive that is taken.
func (r *rig) deliver() {
	r.tracker.Delivery(relay.Delivery{Status: http.StatusNoContent, Arrived: r.now()})
	synctest.Wait()
}

func TestAFullDiskForAnHour(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.store.fail(errFull)
		r.set(fullDisk())
		r.pass(time.Hour)
		if open := r.tracker.Status().Open; open == nil || open.Cause != relay.GapDisk {
			t.Errorf("meanwhile: got %+v, want the gap in the status", open)
		}
		r.store.fail(nil)
		r.set(proven())
		r.want(began, gap{time.Minute, time.Hour, relay.GapDisk, false})
		r.stop()
	})
}

func TestAStartOnAFullDiskTakesUpEarlierGaps(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(time.Hour)
		r.kill() // with that gap open in the store
		r.store.fail(errFull)
		r.start()
		r.set(fullDisk())
		r.pass(time.Hour)
		r.store.fail(nil)
		r.set(proven())
		r.pass(saveAgain)
		stored, err := r.store.Recent(t.Context(), 10)
		if err != nil || len(stored) < 2 {
			t.Fatalf("got %+v, %v; want the earlier gap and that of the disk", stored, err)
		}
		for _, g := range stored {
			if g.Open() {
				t.Errorf("got %+v, want none open", g)
			}
		}
		if last := stored[0]; last.Cause != relay.GapDisk || r.tracker.Status().Open != nil || len(r.tracker.Status().Last) != len(stored) {
			t.Errorf("got %+v from %v, want the disk last, and the status alike", stored, began)
		}
		r.stop()
	})
}

func TestAGapThatIsStoredBeforeEarlierOnesAreReadIsListedOnce(t *testing.T) {
	t.Parallel()
	store, began := &memStore{}, time.Now()
	if _, err := store.Save(t.Context(), relay.Gap{Start: began.Add(-time.Hour), End: began.Add(-time.Minute), Cause: relay.GapNetwork}); err != nil {
		t.Fatal(err)
	}
	b := newBook(store, slog.New(slog.DiscardHandler))
	b.begin(relay.Gap{Start: began, Cause: relay.GapTunnel})
	b.end(began.Add(time.Minute))
	if !b.save(t.Context(), began.Add(time.Minute)) {
		t.Fatal("the gap is not stored")
	}
	b.load(t.Context())
	if got := b.status(began.Add(time.Minute)).Last; len(got) != 2 || got[0].Cause != relay.GapTunnel || got[1].Cause != relay.GapNetwork {
		t.Errorf("got %+v, want the gap and the earlier one, once each", got)
	}
}

func TestDeliveriesProveTheWay(t *testing.T) {
	failing := func() status.Status { return with(proven(), health.HopAddress, health.HopFailing) }
	for name, tt := range map[string]struct {
		status   func() status.Status
		delivery relay.Delivery
		open     bool // a minute after it
		later    bool // once it proves nothing more
	}{
		"although the address is not proven":       {failing, relay.Delivery{Status: http.StatusNoContent}, false, true},
		"but not one that was refused":             {failing, relay.Delivery{Status: http.StatusUnauthorized}, true, true},
		"nor one that came late":                   {failing, relay.Delivery{Status: http.StatusNoContent, OffTime: true}, true, true},
		"nor while nothing can be put on the disk": {fullDisk, relay.Delivery{Status: http.StatusNoContent}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.relaying()
				r.pass(time.Minute)
				r.set(tt.status())
				r.pass(time.Minute)
				d := tt.delivery
				d.Arrived = r.now()
				r.tracker.Delivery(d)
				r.pass(time.Minute)
				if open := r.tracker.Status().Open; (open != nil) != tt.open {
					t.Errorf("after the delivery: got %+v, want a gap open: %v", open, tt.open)
				}
				r.pass(deliveryProves)
				if open := r.tracker.Status().Open; (open != nil) != tt.later {
					t.Errorf("much later: got %+v, want a gap open: %v", open, tt.later)
				}
				r.stop()
			})
		})
	}
}

func TestWhileNothingHappensLittleIsWritten(t *testing.T) {
	inRig(t, func(r *rig) {
		r.relaying()
		r.pass(24 * time.Hour)
		if r.store.saves != 0 {
			t.Errorf("got %d writes to the store in a day without a gap, want none", r.store.saves)
		}
		at, err := mark{r.mark}.load()
		if err != nil || r.now().Sub(at) > markEvery+time.Second {
			t.Errorf("the file says %v, %v; want the last minute", at, err)
		}
		r.set(lost())
		r.pass(24 * time.Hour)
		if r.store.saves != 1 {
			t.Errorf("got %d writes to the store in a day with a gap, want one", r.store.saves)
		}
		r.stop()
	})
}

func TestAClockThatIsSetBackMakesNoGapThatEndsBeforeItBegins(t *testing.T) {
	inRig(t, func(r *rig) {
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(time.Minute)
		r.jump -= time.Hour
		r.set(proven())
		for _, g := range r.store.gaps {
			if g.End.Before(g.Start) {
				t.Errorf("got %+v", g)
			}
		}
		r.pass(time.Minute)
		r.kill()
		r.pass(time.Minute)
		r.relaying()
		if last := r.tracker.Status().Last; len(last) == 0 || last[0].End.Sub(last[0].Start) > 3*time.Minute {
			t.Errorf("got %+v, want the file to have followed the clock", last)
		}
		r.stop()
	})
}

func TestSleepWhileAnotherComputerRelaysIsNoGapOfItsOwn(t *testing.T) {
	inRig(t, func(r *rig) {
		began := r.now()
		r.relaying()
		r.pass(10 * time.Minute)
		s := lost()
		s.Phase = status.Standby
		r.set(s)
		r.pass(time.Minute)
		r.sleep(time.Hour)
		r.pass(time.Hour)
		r.set(proven())
		r.want(began, gap{10 * time.Minute, 2*time.Hour + time.Minute, relay.GapStandby, false})
		r.stop()
	})
}

func TestAWebhookThatWasGone(t *testing.T) {
	remade := func(seen time.Time) status.Status {
		s := proven()
		s.WebhookSeen = seen
		return s
	}
	t.Run("and is made anew at once", func(t *testing.T) {
		inRig(t, func(r *rig) {
			began := r.now()
			r.relaying()
			r.pass(10 * time.Minute)
			seen := r.now()
			r.pass(12 * time.Minute)
			r.set(remade(seen))
			r.pass(time.Hour)
			r.set(remade(seen)) // which says nothing new
			r.pass(time.Minute)
			r.want(began, gap{10 * time.Minute, 12 * time.Minute, relay.GapWebhook, true})
			if got := r.events.gaps(); len(got) != 1 {
				t.Errorf("got the events %q, want the gap to be told although deliveries arrived before and after", got)
			}
			r.stop()
		})
	})
	t.Run("and is made anew later", func(t *testing.T) {
		inRig(t, func(r *rig) {
			began := r.now()
			r.relaying()
			r.pass(10 * time.Minute)
			seen := r.now()
			r.pass(12 * time.Minute)
			s := remade(seen)
			s.Webhooks = nil
			r.set(s)
			r.pass(time.Hour)
			r.set(remade(seen))
			r.pass(time.Minute)
			r.want(began, gap{10 * time.Minute, 72 * time.Minute, relay.GapWebhook, true})
			r.stop()
		})
	})
}

func TestATakeover(t *testing.T) {
	standby := func(seen time.Time) status.Status {
		s := lost()
		s.Phase, s.StandbySeen = status.Standby, seen
		return s
	}
	t.Run("names the time in which nobody may have had the address", func(t *testing.T) {
		inRig(t, func(r *rig) {
			began := r.now()
			r.relaying()
			r.pass(10 * time.Minute)
			r.set(standby(r.now()))
			r.pass(time.Hour)
			seen := r.now()
			r.pass(time.Minute)
			s := proven()
			s.StandbySeen = seen
			r.set(s)
			r.pass(time.Minute)
			r.want(began,
				gap{10 * time.Minute, time.Hour, relay.GapStandby, false},
				gap{70 * time.Minute, time.Minute, relay.GapTakeover, true})
			r.set(lost())
			r.pass(time.Minute)
			s = proven()
			s.StandbySeen = seen
			r.set(s)
			r.pass(time.Minute)
			if last := r.tracker.Status().Last[0]; last.Cause != relay.GapTunnel {
				t.Errorf("got %+v, want a later drop to be no takeover", last)
			}
			r.stop()
		})
	})
	t.Run("also by a copy that has never relayed", func(t *testing.T) {
		inRig(t, func(r *rig) {
			began := r.now()
			r.start()
			r.set(standby(r.now()))
			r.pass(10 * time.Minute)
			seen := r.now()
			r.pass(40 * time.Second)
			s := proven()
			s.StandbySeen = seen
			r.set(s)
			r.pass(time.Minute)
			r.want(began, gap{10 * time.Minute, 40 * time.Second, relay.GapTakeover, true})
			r.stop()
		})
	})
}
