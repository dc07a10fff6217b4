package link

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
)

const (
	here  = "https://here.example"
	there = "https://there.example"
)

func online(url string) tunnel.Link { return tunnel.Link{State: tunnel.Online, URL: url} }

func TestWhenATunnelThatHasEndedIsTriedAgain(t *testing.T) {
	refused := func(mend tunnel.Mend) error { return &tunnel.PermanentError{Mend: mend, Credential: "ngrok_token"} }
	for _, tt := range []struct {
		name                     string
		ended                    error
		provenToken, provenSetup bool
		want                     time.Duration
		passing                  bool // nobody needs to act
	}{
		{"it ended by itself", errors.New("x"), false, false, RetryMost, true},
		{"this computer is at fault", refused(tunnel.MendLocally), false, false, RetryMost, false},
		{"this computer is at fault, and was not before", refused(tunnel.MendLocally), true, false, RetryMost, true},
		{"a token that never worked is refused", refused(tunnel.MendToken), false, false, 0, false},
		{"a token that has worked is refused", refused(tunnel.MendToken), true, false, RetryRefused, true},
		{"settings that never worked are refused", refused(tunnel.MendSettings), true, false, 0, false},
		{"settings that have worked are refused", refused(tunnel.MendSettings), true, true, RetryRefused, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := State{Ended: tt.ended, EndedAt: time.Now(), ProvenToken: tt.provenToken, ProvenSetup: tt.provenSetup}
				if got := l.RetryIn(); got != tt.want {
					t.Fatalf("got %v, want %v", got, tt.want)
				}
				if !l.Refused() {
					t.Error("it is to be tried at once")
				}
				due := tt.want
				if due == 0 {
					due = time.Hour // what DueIn is told
				}
				if got := l.DueIn(time.Hour); got != due {
					t.Errorf("due in %v, want %v", got, due)
				}
				time.Sleep(tt.want)
				if tt.want > 0 && l.Refused() {
					t.Error("it is not to be tried when that is due")
				}
				if p := l.Problem(); (p.Severity == health.Passing) != tt.passing {
					t.Errorf("got severity %q with a try in %v", p.Severity, tt.want)
				}
			})
		})
	}
	if (State{}).Refused() {
		t.Error("a tunnel that has not ended is refused")
	}
}

func TestALinkThatIsDownIsDueUntilThatIsMoreThanAHiccup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := State{}.After(tunnel.Link{State: tunnel.Reconnecting}, false)
		if got := l.DueIn(time.Hour); got != Patience || l.LostForLong() {
			t.Errorf("due in %v, lost for long %v, want %v", got, l.LostForLong(), Patience)
		}
		time.Sleep(Patience - time.Millisecond)
		if got := l.DueIn(time.Hour); got != time.Second { // never at once, or the loop would spin
			t.Errorf("due in %v, want a second", got)
		}
		time.Sleep(time.Millisecond)
		if got := l.DueIn(time.Hour); got != time.Hour || !l.LostForLong() {
			t.Errorf("due in %v, lost for long %v, want nothing to come", got, l.LostForLong())
		}
		if again := l.After(tunnel.Link{State: tunnel.Reconnecting}, false); !again.LostAt.Equal(l.LostAt) {
			t.Error("it is lost anew by each report")
		}
		if up := l.After(online(here), false); !up.LostAt.IsZero() || up.DueIn(time.Hour) != time.Hour {
			t.Errorf("got %+v of a link that is up", up)
		}
	})
}

func TestWhatAReportChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := State{Restarting: true, Again: true}.After(online(here), false)
		if first.Generation != 1 || first.LastURL != here || !first.UpAt.Equal(time.Now()) || !first.MovedAt.Equal(time.Now()) || first.Restarting || first.Again {
			t.Errorf("up: got %+v", first)
		}
		time.Sleep(time.Minute)
		if same := first.After(online(here), false); same.Generation != 1 || !same.UpAt.Equal(first.UpAt) {
			t.Errorf("up as before: got %+v", same)
		}
		down := first.After(tunnel.Link{State: tunnel.Reconnecting}, false)
		if down.Generation != 1 || down.LastURL != here {
			t.Errorf("down: got %+v", down)
		}
		back := down.After(online(here), false)
		if back.Generation != 2 || !back.MovedAt.Equal(first.MovedAt) || !back.UpAt.Equal(time.Now()) {
			t.Errorf("up again: got %+v", back)
		}
		if moved := back.After(online(there), false); moved.Generation != 3 || moved.LastURL != there || !moved.MovedAt.Equal(time.Now()) {
			t.Errorf("another address: got %+v", moved)
		}
		ended := back
		ended.Ended, ended.EndedAt = errors.New("x"), time.Now()
		if got := ended.After(online(here), false); got.Ended != nil || !got.EndedAt.IsZero() {
			t.Errorf("after its end: got %+v", got)
		}
		for _, byUs := range []bool{true, false} {
			held := back.After(tunnel.Link{State: tunnel.InUse}, byUs)
			if held.WasInUse == byUs || held.HeldAt.IsZero() != byUs || !held.ProvenToken || !held.ProvenSetup || held.LostAt.IsZero() {
				t.Errorf("in use, by us %v: got %+v", byUs, held)
			}
		}
	})
}

func TestWhatOfAReportIsNews(t *testing.T) {
	before := State{Link: tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_1"}}
	for _, tt := range []struct {
		name string
		next tunnel.Link
		want bool
	}{
		{"the same", before.Link, false},
		{"another attempt", tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_1", Since: time.Now(), Err: errors.New("x")}, false},
		{"another state", tunnel.Link{State: tunnel.Online, Code: "ERR_1"}, true},
		{"another address", tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_1", URL: here}, true},
		{"another code", tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_2"}, true},
		{"other words", tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_1", Headline: "x"}, true},
		{"another cause", tunnel.Link{State: tunnel.Reconnecting, Code: "ERR_1", Cause: "x"}, true},
	} {
		if got := before.News(tt.next); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestARestartOfOursIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours := State{Link: online(here), LastURL: here, Restarting: true}
		for _, tt := range []struct {
			name string
			next tunnel.Link
			want bool
		}{
			{"it goes down", tunnel.Link{State: tunnel.Reconnecting}, true},
			{"it comes back", online(here), true},
			{"it comes back under another address", online(there), false},
			{"another computer has the address", tunnel.Link{State: tunnel.InUse, URL: here}, false},
		} {
			if got := ours.OwnRestart(tt.next); got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
			}
		}
		if (State{Link: online(here), LastURL: here}).OwnRestart(online(here)) {
			t.Error("a restart of nobody's is ours")
		}
		ours.LostAt = time.Now()
		time.Sleep(Patience)
		if ours.OwnRestart(online(here)) || ours.Retrying() {
			t.Error("a link that comes back after long is none of our restart")
		}
	})
}

func TestTheHopOfALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := time.Now()
		time.Sleep(Patience)
		down := tunnel.Link{State: tunnel.Reconnecting}
		for _, tt := range []struct {
			name  string
			link  State
			old   health.HopState
			ok    bool
			state health.HopState
			says  string // the key of its detail; empty: not looked at
		}{
			{"it ended", State{Ended: errors.New("x")}, health.HopOK, true, health.HopFailing, ""},
			{"it is up", State{Link: online(here)}, health.HopWorking, true, health.HopWorking, "hop.address.up"},
			{"it is up, and was proven", State{Link: online(here)}, health.HopOK, false, "", ""},
			{"it is up, and its probe failed", State{Link: online(here)}, health.HopFailing, false, "", ""},
			{"a restart of ours after a failure", State{Link: down, Restarting: true}, health.HopFailing, false, "", ""},
			{"another try after a failure", State{Link: down, Again: true}, health.HopFailing, false, "", ""},
			{"another try that takes long", State{Link: down, Again: true, LostAt: long}, health.HopFailing, true, health.HopFailing, ""},
			{"another computer has the address", State{Link: tunnel.Link{State: tunnel.InUse}}, health.HopOK, true, health.HopWorking, "hop.address.in_use"},
			{"the vendor refuses", State{Link: tunnel.Link{State: tunnel.Reconnecting, Headline: "No."}}, health.HopOK, true, health.HopFailing, ""},
			{"it is lost", State{Link: down}, health.HopOK, true, health.HopWorking, "hop.address.lost"},
			{"it is lost for long", State{Link: down, LostAt: long}, health.HopOK, true, health.HopFailing, ""},
			{"it is opening", State{Link: tunnel.Link{State: tunnel.Connecting}}, health.HopIdle, true, health.HopWorking, "hop.address.opening"},
		} {
			got, ok := Hop(tt.link, health.Hop{Name: health.HopAddress, State: tt.old}, "")
			if ok != tt.ok || ok && got.State != tt.state || tt.says != "" && got.Detail != words.New(tt.says) {
				t.Errorf("%s: got %s %q, %v, want %s, %v", tt.name, got.State, got.Detail, ok, tt.state, tt.ok)
			}
		}
		got, _ := Hop(State{Link: tunnel.Link{State: tunnel.Connecting}}, health.Hop{}, there)
		if want := words.New("hop.address.replacing", words.Args{"Host": "there.example"}); got.Detail != want {
			t.Errorf("got %q while another address is opened, want %q", got.Detail, want)
		}
	})
}

func TestAFailedProbeRestartsTheTunnelLessAndLess(t *testing.T) {
	var s RestartSchedule
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for _, wait := range []time.Duration{0, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		if wait > 0 && s.Due(now.Add(wait-1)) {
			t.Errorf("due before %v have passed", wait)
		}
		now = now.Add(wait)
		if !s.Due(now) {
			t.Errorf("not due after %v", wait)
		}
	}
}

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://relay.example":        "relay.example",
		"https://relay.example:8443/":  "relay.example:8443",
		"https://relay.example/a%20b/": "relay.example/a%20b",
		"no address":                   "no address",
		"":                             "",
	} {
		if got := Host(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
