package tunnelmole

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunnelmole/moletest"
	"vastrelay/relay/tunnel/tunneltest"
)

var slogDiscard = slog.New(slog.DiscardHandler)

func wrongKey(o *Options) { o.Key = relay.NewSecret("another-" + testKey) }

func TestGivesUpAfterOneAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		service moletest.Options
		fault   func(*moletest.Service)
		change  func(*Options)
		reason  string
		mend    tunnel.Mend
	}{
		"when the key is wrong": {
			service: moletest.Options{KeyRequired: true}, change: wrongKey, reason: ReasonKeyRefused, mend: tunnel.MendToken,
		},
		"when a key is asked for and there is none": {
			service: moletest.Options{KeyRequired: true}, change: func(o *Options) { o.Key = relay.Secret{} },
			reason: ReasonKeyMissing, mend: tunnel.MendToken,
		},
		"when the key is wrong and a random name is offered for the subdomain": {
			change: func(o *Options) { withName(o); wrongKey(o) }, reason: ReasonKeyRefused, mend: tunnel.MendToken,
		},
		"when the subdomain belongs to somebody else": {
			service: moletest.Options{Reserved: []string{"my-relay"}}, change: withName, reason: ReasonNameReserved, mend: tunnel.MendSettings,
		},
		"when the account has too many subdomains": {
			fault: func(s *moletest.Service) { s.RefuseNames(true) }, change: withName, reason: ReasonTooManyNames, mend: tunnel.MendOutside,
		},
		"when another name is assigned than the subdomain": {
			fault: func(s *moletest.Service) { s.GiveOtherNames(true) }, change: withName, reason: ReasonNameNotGranted, mend: tunnel.MendSettings,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.service)
			if c.fault != nil {
				c.fault(s)
			}
			r := start(t, s, nil, c.change)
			err := r.Result()
			perm, ok := errors.AsType[*tunnel.PermanentError](err)
			if !ok || perm.Reason != c.reason || perm.Mend != c.mend {
				t.Fatalf("got %#v, want the reason %s, mended by %s", err, c.reason, c.mend)
			}
			if perm.Mend == tunnel.MendToken && perm.Credential != Vendor().Credential {
				t.Errorf("got the credential %q to replace", perm.Credential)
			}
			if perm.Headline == "" || perm.Cause == "" || perm.Next == "" {
				t.Errorf("got %+v, want all three sentences", perm)
			}
			if got := len(s.Inits()); got != 1 {
				t.Errorf("got %d attempts, want one", got)
			}
			if strings.Contains(r.Journal.String(), "online") {
				t.Errorf("it was reported as online:\n%s", r.Journal)
			}
			awaitService(r, s, "the connection is closed", func() bool { return s.Connections() == 0 })
		})
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		o      Options
		reason string
	}{
		"a key with a space":         {Options{Key: relay.NewSecret("a b")}, ReasonKeyRefused},
		"a subdomain with a space":   {Options{Key: relay.NewSecret(testKey), Subdomain: "a b"}, ReasonNameInvalid},
		"a subdomain without a key":  {Options{Subdomain: "my-relay"}, ReasonKeyMissing},
		"a server without a port":    {Options{Server: "service.example.com"}, ReasonServerInvalid},
		"a server that is a web URL": {Options{Server: "https://service.example.com:1/"}, ReasonServerInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.o)
			if perm, ok := errors.AsType[*tunnel.PermanentError](err); !ok || perm.Reason != c.reason {
				t.Errorf("got %v, want the reason %s", err, c.reason)
			}
		})
	}
}

func TestSubdomains(t *testing.T) {
	for raw, want := range map[string]string{
		"my-relay": "my-relay", " My-Relay ": "my-relay", "my-relay.tunnelmole.net": "my-relay", "https://my-relay.tunnelmole.net/": "my-relay", "7": "7",
		"": "", "-a": "", "a-": "", "a_b": "", "ä": "", "a b": "", strings.Repeat("a", 64): "", "a.b/c": "", "https://a": "",
	} {
		got, err := parseSubdomain(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

// TestAKeyThatIsNotAcceptedAndARandomName relays under the random name that the
// service offers, says so, and goes on after a drop.
func TestAKeyThatIsNotAcceptedAndARandomName(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, wrongKey)
	first := r.AwaitState(tunnel.Online)
	if !strings.Contains(first.Headline, "refused the API key") || first.Cause == "" || first.Next == "" {
		t.Errorf("got %+v, want what is wrong with the key", first)
	}
	wantStatus(t, s, first.URL, http.StatusNoContent)
	s.CutAll()
	wantStatus(t, s, r.AwaitState(tunnel.Online).URL, http.StatusNoContent)
	s.Disconnect()
	wantStatus(t, s, r.AwaitState(tunnel.Online).URL, http.StatusNoContent)
}

func TestWithoutAKey(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, func(o *Options) { o.Key = relay.Secret{} })
	link := r.AwaitState(tunnel.Online)
	if link.Headline != "" || !strings.Contains(link.URL, "-ip-127-0-0-1.") {
		t.Errorf("got %+v, want a random name and no complaint", link)
	}
	wantStatus(t, s, link.URL, http.StatusNoContent)
}

// TestASubdomainThatIsInUseElsewhere is not taken for ours, although the service
// goes on to assign it.
func TestASubdomainThatIsInUseElsewhere(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	s.Hold("my-relay")
	r := start(t, s, nil, withName)
	r.AwaitState(tunnel.InUse)
	if strings.Contains(r.Journal.String(), "online") {
		t.Errorf("it was reported as online:\n%s", r.Journal)
	}
	s.Release("my-relay")
	if link := r.AwaitState(tunnel.Online); link.URL != namedURL {
		t.Errorf("online at %s, want %s", link.URL, namedURL)
	}
	wantStatus(t, s, namedURL, http.StatusNoContent)
}

func TestReservationsThatFailAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	s.FailReservations(true)
	r := start(t, s, nil, withName)
	link := r.Await("a refusal in words", func(l tunnel.Link) bool { return l.Headline != "" })
	if link.Code != typeNotReserved || !strings.Contains(link.Cause, typeNotReserved) || link.Next == "" {
		t.Errorf("got %+v, want the answer of the service", link)
	}
	s.FailReservations(false)
	r.AwaitState(tunnel.Online)
}

func TestLinksThatEndAreMadeAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(*moletest.Service)
		says string
	}{
		"by a cut":                               {(*moletest.Service).CutAll, "the connection to Tunnelmole ended"},
		"by the longest lifetime of the service": {(*moletest.Service).EndLifetimes, "Tunnelmole says: The tunnel has reached its longest lifetime."},
		"by a word of the service":               {(*moletest.Service).Disconnect, "the service ended the connection"},
		"by a message that is too large":         {func(s *moletest.Service) { s.Send(make([]byte, largestMessage+1)) }, "the connection to Tunnelmole ended"},
	} {
		for kind, change := range map[string]func(*Options){"of a subdomain": withName, "of a random name": nil} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, moletest.Options{})
				r := start(t, s, nil, change)
				first := r.AwaitState(tunnel.Online)
				c.end(s)
				if lost := r.AwaitState(tunnel.Reconnecting); !strings.Contains(lost.Err.Error()+r.Journal.String(), c.says) {
					t.Errorf("got %v, want it to hold %q", lost.Err, c.says)
				}
				again := r.AwaitState(tunnel.Online)
				if same := again.URL == first.URL; same != (change != nil) {
					t.Errorf("got %s after %s", again.URL, first.URL)
				}
				wantStatus(t, s, again.URL, http.StatusNoContent)
				seen := map[string]bool{}
				for _, in := range s.Inits() {
					if seen[in.ClientID] {
						t.Errorf("the client id %s was used twice", in.ClientID)
					}
					seen[in.ClientID] = true
				}
			})
		}
	}
}

// TestARestartEndsTheOldConnectionFirst has the service know of the end of one
// connection before the next begins.
func TestARestartEndsTheOldConnectionFirst(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, withName)
	for range 5 {
		r.AwaitState(tunnel.Online)
		r.Provider.Restart()
		r.AwaitState(tunnel.Reconnecting)
		awaitService(r, s, "the old connection is gone, and its name", func() bool { return s.Connections() == 0 && len(s.Online()) == 0 })
	}
	r.AwaitState(tunnel.Online)
	wantStatus(t, s, namedURL, http.StatusNoContent)
}

func TestLinksAreNotMadeInARush(t *testing.T) {
	t.Parallel()
	const pause = 300 * time.Millisecond
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, nil, func(p *Tunnel) { p.runner.Pauses.Between = pause })
	r.AwaitState(tunnel.Online)
	for range 2 {
		began := time.Now()
		r.Provider.Restart()
		r.AwaitState(tunnel.Reconnecting)
		r.Provider.Restart() // asks for what is under way
		r.AwaitState(tunnel.Online)
		if took := time.Since(began); took < pause {
			t.Errorf("connected again after %v, want at least %v", took, pause)
		}
	}
}

// TestALinkThatGoesSilent is noticed by its missing pongs. The service still holds
// the name for it, and would take it away from a successor of the same client id.
func TestALinkThatGoesSilent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){"of a subdomain": withName, "of a random name": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, moletest.Options{})
			r := start(t, s, nil, change, func(p *Tunnel) {
				p.cfg.limits.pingEvery, p.cfg.limits.pong, p.cfg.limits.close = 50*time.Millisecond, 200*time.Millisecond, 50*time.Millisecond
			})
			r.AwaitState(tunnel.Online)
			ghost := s.Inits()[0].ClientID
			s.Freeze()
			if lost := r.AwaitState(tunnel.Reconnecting); !strings.Contains(lost.Err.Error(), "no answer from Tunnelmole any more") && !strings.Contains(r.Journal.String(), "ending that") {
				t.Errorf("got %v", lost.Err)
			}
			again := r.AwaitState(tunnel.Online)
			if change != nil {
				awaitService(r, s, "the last connection is forgotten", func() bool { return s.Connections() == 1 })
				evicted := false
				for _, in := range s.Inits()[1:] {
					evicted = evicted || in.ClientID == ghost
				}
				if !evicted {
					t.Errorf("got %+v, want the silent connection's place taken once", s.Inits())
				}
			}
			wantStatus(t, s, again.URL, http.StatusNoContent)
		})
	}
}

func TestPingsOfTheServiceAreAnswered(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{PingEvery: 5 * time.Millisecond})
	r := start(t, s, nil, nil, func(p *Tunnel) { p.cfg.limits.pingEvery = 5 * time.Millisecond })
	link := r.AwaitState(tunnel.Online)
	for range 50 {
		wantStatus(t, s, link.URL, http.StatusNoContent)
	}
	if got := len(s.Inits()); got != 1 {
		t.Errorf("got %d connections, want one", got)
	}
}

func TestMessagesWithoutMeaningAreIgnored(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, nil)
	link := r.AwaitState(tunnel.Online)
	for _, tt := range messages {
		if strings.Contains(tt.text, typeAssigned) {
			continue
		}
		s.Send([]byte(tt.text))
	}
	s.Send([]byte(`{"type":"clientMessage","logLevel":"info","message":"welcome, ` + testKey + `"}`))
	s.Send([]byte(`{"type":"invalidSubscription","apiKey":"` + testKey + `"}`))
	wantStatus(t, s, link.URL, http.StatusNoContent)
	r.AwaitText("welcome, [redacted]")
	if got := len(s.Inits()); got != 1 {
		t.Errorf("got %d connections, want one", got)
	}
}

func TestAnotherNameForALinkThatIsUp(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, nil)
	r.AwaitState(tunnel.Online)
	s.Send([]byte(`{"type":"hostnameAssigned","hostname":"moved.example.com"}`))
	r.Await("the other address", func(l tunnel.Link) bool { return l.URL == "https://moved.example.com" })
	s.Send([]byte(`{"type":"hostnameAssigned","hostname":"../etc"}`))
	if lost := r.AwaitState(tunnel.Reconnecting); !strings.Contains(lost.Err.Error(), "no host name") {
		t.Errorf("got %v", lost.Err)
	}
}

func TestAServiceThatDoesNotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault func(*moletest.Service, bool)
		says  string
	}{
		"and takes no connection":       {(*moletest.Service).SetDown, "the server answered 503 in place of a WebSocket"},
		"and answers nothing":           {(*moletest.Service).Mute, "no answer within 50ms"},
		"and fails to reserve the name": {(*moletest.Service).FailReservations, "could not be reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, moletest.Options{})
			c.fault(s, true)
			r := start(t, s, nil, withName, func(p *Tunnel) { p.cfg.limits.register = 50 * time.Millisecond })
			r.Await("what is wrong", func(l tunnel.Link) bool { return l.Err != nil && strings.Contains(l.Err.Error(), c.says) })
			c.fault(s, false)
			r.AwaitState(tunnel.Online)
		})
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		service moletest.Options
		fault   func(*moletest.Service)
		change  func(*Options)
		reason  string // of a *tunnel.PermanentError
		says    string // of another error
	}{
		"a key that is right":                            {},
		"a key that is right, with a subdomain in force": {change: withName},
		"a key that is wrong":                            {service: moletest.Options{KeyRequired: true}, change: wrongKey, reason: ReasonKeyRefused},
		"a key that is wrong, where none is needed":      {change: wrongKey, reason: ReasonKeyRefused},
		"no key":                 {change: func(o *Options) { o.Key = relay.Secret{} }, reason: ReasonKeyMissing},
		"a service that is down": {fault: func(s *moletest.Service) { s.SetDown(true) }, says: "answered 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.service)
			if c.fault != nil {
				c.fault(s)
			}
			o := testOptions(s, &tunneltest.Journal{})
			if c.change != nil {
				c.change(&o)
			}
			err := CheckKey(tunneltest.Within(t), o)
			perm, permanent := errors.AsType[*tunnel.PermanentError](err)
			switch {
			case c.reason != "":
				if !permanent || perm.Reason != c.reason {
					t.Errorf("got %v, want the reason %s", err, c.reason)
				}
			case c.says != "":
				if permanent || err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want it to hold %q", err, c.says)
				}
			case err != nil:
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), testKey) {
				t.Error("the error holds the key")
			}
			if inits := s.Inits(); len(inits) > 0 && inits[0].Subdomain != "" {
				t.Error("the check asked for the subdomain, which a running tunnel may hold")
			}
			if err := s.Await(tunneltest.Within(t), func() bool { return s.Connections() == 0 }); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheckKeyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	s.Mute(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := CheckKey(ctx, testOptions(s, &tunneltest.Journal{})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the context", err)
	}
}
