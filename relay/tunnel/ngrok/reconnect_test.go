package ngrok

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestNgrokComesBackAfterADrop(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, nil)
	first := r.AwaitState(tunnel.Online)
	wantStatus(t, edge, first.URL, http.StatusNoContent)

	edge.CutAll()
	if lost := r.AwaitState(tunnel.Reconnecting); lost.Err == nil {
		t.Error("the cause of the drop is missing")
	}
	if again := r.AwaitState(tunnel.Online); again.URL != first.URL {
		t.Errorf("online again at %q, want %q", again.URL, first.URL)
	}
	wantStatus(t, edge, first.URL, http.StatusNoContent)

	auths, binds := edge.Auths(), edge.Binds()
	if len(auths) != 2 || auths[1].ClientID == "" || auths[1].Cookie == "" {
		t.Errorf("logins: got %d, want a second one that continues the first", len(auths))
	}
	if len(binds) != 2 || binds[1].Token == "" || binds[1].ID == "" {
		t.Errorf("binds: got %d, want a second one with the token of the first", len(binds))
	}
}

func TestNgrokStartsWithoutANetwork(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	edge.SetDown(true)
	r := start(t, edge, nil, nil)
	waiting := r.Await("announcing a retry", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() })
	if waiting.State != tunnel.Connecting || waiting.Err == nil {
		t.Errorf("got %+v, want connecting with a cause", waiting)
	}
	if under := r.Await("a retry under way", func(l tunnel.Link) bool { return l.RetryAt.IsZero() }); !under.Since.Equal(waiting.Since) {
		t.Errorf("connecting since %v, then since %v; want no change", waiting.Since, under.Since)
	}
	edge.SetDown(false)
	r.AwaitState(tunnel.Online)
	wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
}

func TestNgrokMakesANewAgentWhenTheOldOneCannotComeBack(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, nil, func(n *Tunnel) { n.cfg.limits.failures = 1 })
	r.AwaitState(tunnel.Online)

	edge.SetDown(true)
	r.Await("announcing a retry", func(l tunnel.Link) bool { return l.State == tunnel.Reconnecting && !l.RetryAt.IsZero() })
	edge.SetDown(false)
	r.AwaitState(tunnel.Online)
	if auths := edge.Auths(); auths[len(auths)-1].ClientID != "" {
		t.Error("the last login continues an old agent, want a new one")
	}
	wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
}

func TestNgrokNoticesABlackHole(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	interval, tolerance := 300*time.Millisecond, 1500*time.Millisecond
	if tunneltest.RaceEnabled {
		// A heartbeat that is missed because the machine is busy would be
		// reported: in the SDK, its record is a data race with the login.
		interval, tolerance = time.Second, 6*time.Second
	}
	r := start(t, edge, nil, func(o *Options) {
		o.HeartbeatInterval, o.HeartbeatTolerance = interval, tolerance
	})
	r.AwaitState(tunnel.Online)
	awaitHeartbeat(r)
	edge.BlackHole()
	r.AwaitState(tunnel.Reconnecting)
	r.AwaitState(tunnel.Online)
	wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
}

func TestNgrokStandsByWhileTheNameIsInUse(t *testing.T) {
	t.Parallel()
	t.Run("at the start", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		release := edge.Occupy(edge.Host())
		r := start(t, edge, nil, nil)
		first := r.Await("a refusal", func(l tunnel.Link) bool { return l.Code != "" })
		if first.State != tunnel.Connecting || first.Code != "ERR_NGROK_334" || first.RetryAt.IsZero() {
			t.Errorf("first refusal: got %+v, want connecting with a retry", first)
		}
		if standby := r.AwaitState(tunnel.InUse); standby.Code != "ERR_NGROK_334" || standby.RetryAt.IsZero() {
			t.Errorf("standby: got %+v, want the code and the next attempt", standby)
		}
		release()
		r.AwaitState(tunnel.Online)
	})
	t.Run("after a reconnect, with a new agent and a new bind", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil, func(n *Tunnel) { n.cfg.limits.failures = 1 })
		r.AwaitState(tunnel.Online)
		release := edge.Occupy(edge.Host())
		edge.CutAll()
		r.AwaitState(tunnel.InUse)
		release()
		r.AwaitState(tunnel.Online)
		if binds := edge.Binds(); binds[len(binds)-1].Token != "" {
			t.Error("the last bind continues an old one, want a new one")
		}
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
	})
}

func TestNgrokGivesUpWhenTheTokenIsRevokedWhileOnline(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, nil)
	r.AwaitState(tunnel.Online)
	edge.RefuseLogin("Your authtoken: " + testToken + " was revoked.\n\nERR_NGROK_300")
	edge.CutAll()
	var perm *tunnel.PermanentError
	if err := r.Result(); !errors.As(err, &perm) || perm.Reason != ReasonTokenRefused {
		t.Fatalf("Run: got %v, want a PermanentError for the token", err)
	}
	if got := len(edge.Auths()); got != 2 {
		t.Errorf("the edge saw %d logins, want 2", got)
	}
}

func TestNgrokFollowsTheDashboard(t *testing.T) {
	t.Parallel()
	t.Run("stop ends the run", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		if err := edge.PushStop(); err != nil {
			t.Errorf("the answer to the dashboard: got %v, want none", err)
		}
		var perm *tunnel.PermanentError
		if err := r.Result(); !errors.As(err, &perm) || perm.Reason != ReasonStoppedRemotely {
			t.Fatalf("Run: got %v, want a PermanentError for the remote stop", err)
		}
	})
	t.Run("restart makes a new agent", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		if err := edge.PushRestart(); err != nil {
			t.Errorf("the answer to the dashboard: got %v, want none", err)
		}
		r.AwaitState(tunnel.Reconnecting)
		r.AwaitState(tunnel.Online)
	})
	t.Run("update is refused in words", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		if err := edge.PushUpdate("9.9.9"); err == nil {
			t.Error("the answer to the dashboard: got none, want a refusal")
		}
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
	})
	t.Run("a closed endpoint is opened again", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		if err := edge.PushStopTunnel(edge.Host(), "Closed by an administrator.", "ERR_NGROK_999"); err != nil {
			t.Fatal(err)
		}
		if lost := r.AwaitState(tunnel.Reconnecting); lost.Code != "ERR_NGROK_999" {
			t.Errorf("got %+v, want the code of the notice", lost)
		}
		r.AwaitState(tunnel.Online)
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
	})
	t.Run("a closed endpoint that we may not have ends the run", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		if err := edge.PushStopTunnel(edge.Host(), "Suspended.", "ERR_NGROK_338"); err != nil {
			t.Fatal(err)
		}
		var perm *tunnel.PermanentError
		if err := r.Result(); !errors.As(err, &perm) || perm.Reason != ReasonAccountSuspended {
			t.Fatalf("Run: got %v, want a PermanentError for the account", err)
		}
	})
}

func TestNgrokReportsTheAddressOfEveryConnection(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, nil)
	first := r.AwaitState(tunnel.Online).URL

	// The SDK does not learn of a move during its own reconnect.
	edge.Assign("moved.example.com")
	edge.CutAll()
	if stale := r.AwaitState(tunnel.Online).URL; stale != first {
		t.Errorf("after a reconnect: got %q, want %q", stale, first)
	}
	// A probe would notice, and ask for a restart.
	if status, header, _ := get(t, edge, first); status != http.StatusNotFound || header.Get("Ngrok-Error-Code") != "ERR_NGROK_3200" {
		t.Errorf("the old address: got %d %q, want 404 and ERR_NGROK_3200", status, header.Get("Ngrok-Error-Code"))
	}
	r.Provider.Restart()
	if moved, want := r.AwaitState(tunnel.Online).URL, "https://moved.example.com"; moved != want {
		t.Errorf("after a restart: got %q, want %q", moved, want)
	}
	wantStatus(t, edge, "https://moved.example.com", http.StatusNoContent)
}

func TestNgrokRestartsAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("while online, giving the address back first", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		r.Provider.Restart()
		r.Provider.Restart()
		r.AwaitState(tunnel.Reconnecting)
		r.AwaitState(tunnel.Online)
		if len(edge.Unbinds()) == 0 {
			t.Error("the edge saw no unbind")
		}
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
	})
	t.Run("while waiting for the next attempt", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		edge.SetDown(true)
		r := start(t, edge, nil, nil, func(n *Tunnel) { n.runner.Pauses.First, n.runner.Pauses.Longest = time.Hour, time.Hour })
		r.Await("announcing a retry", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() })
		edge.SetDown(false)
		r.Provider.Restart()
		r.AwaitState(tunnel.Online)
	})
	t.Run("while ngrok does not answer the login", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		edge.MuteLogin(true)
		r := start(t, edge, nil, nil)
		awaitEdge(r, edge, "a login", func() bool { return len(edge.Auths()) == 1 })
		edge.MuteLogin(false)
		r.Provider.Restart()
		r.AwaitState(tunnel.Online)
	})
	t.Run("while the network is a black hole", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil, func(n *Tunnel) { n.cfg.limits.unbind = 100 * time.Millisecond })
		r.AwaitState(tunnel.Online)
		edge.BlackHole()
		r.Provider.Restart()
		r.AwaitState(tunnel.Online)
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
	})
	t.Run("not at all without a run", func(t *testing.T) {
		t.Parallel()
		edge := newEdge(t, ngroktest.Options{})
		n, err := New(testOptions(edge, &tunneltest.Journal{}))
		if err != nil {
			t.Fatal(err)
		}
		n.Restart()
		r := tunneltest.Start(t, n, nil, &tunneltest.Journal{}, testToken)
		r.AwaitState(tunnel.Online)
		wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
		if got := len(edge.Auths()); got != 1 {
			t.Errorf("the edge saw %d logins, want 1", got)
		}
	})
}

func TestNgrokTriesAgainWhenNgrokDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mute  func(*ngroktest.Edge, bool)
		limit func(*limits) *time.Duration // of that step alone: the others may take as long as they need
		want  string
	}{
		"the login": {(*ngroktest.Edge).MuteLogin, func(l *limits) *time.Duration { return &l.login }, "log in: no answer from ngrok within 100ms"},
		"the bind":  {(*ngroktest.Edge).MuteBind, func(l *limits) *time.Duration { return &l.bind }, "open the address: no answer from ngrok within 100ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edge := newEdge(t, ngroktest.Options{})
			c.mute(edge, true)
			r := start(t, edge, nil, nil, func(n *Tunnel) { *c.limit(&n.cfg.limits) = 100 * time.Millisecond })
			waiting := r.Await("announcing a retry", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() })
			if waiting.Err == nil || waiting.Err.Error() != c.want {
				t.Errorf("cause: got %v, want %s", waiting.Err, c.want)
			}
			r.StopInTime()
		})
	}
}
