package cloudflared

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestQuickTunnelServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	r := start(t, p, Options{})
	link := r.AwaitState(tunnel.Online)
	if want := "https://" + quickHost1; link.URL != want {
		t.Errorf("got %+v, want %s", link, want)
	}
	s := p.AwaitStart(1)
	if got, err := fetch(t, s); err != nil || got != http.StatusNoContent {
		t.Errorf("got %d, %v from the local address, want 204", got, err)
	}
	if s.Config != "{}\n" || slices.Contains(s.Args, "run") {
		t.Errorf("got the configuration %q and the arguments %q, want nothing of the person's own", s.Config, s.Args)
	}
	awaitEnd := p.Hold(s)
	r.StopInTime()
	r.AwaitState(tunnel.Stopped)
	awaitEnd()
	if got, err := fetch(t, s); err == nil {
		t.Errorf("got %d after the stop, want a refused connection", got)
	}
}

func TestANewNameIsNotAnnouncedAtOnce(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	tn, j := prepare(t, p, Options{})
	const seenLate = 100 * time.Millisecond // the text is seen a moment after it was written
	tn.cfg.limits.settle = 500 * time.Millisecond
	r := tunneltest.Start(t, tn, nil, j, "")
	r.AwaitText("Your quick Tunnel has been created")
	began := time.Now()
	r.AwaitState(tunnel.Online)
	if took := time.Since(began) + seenLate; took < tn.cfg.limits.settle {
		t.Errorf("announced after %v, want at least %v for the name to become known", took, tn.cfg.limits.settle)
	}
}

func TestNamedTunnelKeepsItsTokenOffTheCommandLine(t *testing.T) {
	t.Parallel()
	p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Token: cloudflaredtest.Token(planted)})
	o := named()
	o.Token = relay.NewSecret(" " + o.Token.Reveal() + "\n")
	r := start(t, p, o)
	link := r.AwaitState(tunnel.Online)
	if want := "https://" + ownHost; link.URL != want {
		t.Errorf("got %+v, want %s", link, want)
	}
	s := p.AwaitStart(1)
	if strings.Contains(strings.Join(s.Args, " "), cloudflaredtest.Token(planted)) {
		t.Errorf("the token is on the command line: %q", s.Args)
	}
	if !slices.Contains(s.Env, "TUNNEL_TOKEN="+cloudflaredtest.Token(planted)) {
		t.Error("the token is not in the child's environment")
	}
	if got := s.Args[slices.Index(s.Args, "run"):]; !slices.Contains(got, "http2") {
		t.Errorf("got the arguments of run %q, want HTTP/2", got)
	}
}

// TestTheChildGetsAnEnvironmentOfItsOwn runs beside variables that are none of
// cloudflared's business.
func TestTheChildGetsAnEnvironmentOfItsOwn(t *testing.T) {
	ours := map[string]string{
		"PATH": "/usr/bin", "LANG": "de_DE.UTF-8", "VAST_API_KEY": planted, "NGROK_AUTHTOKEN": planted, "CLOUDFLARED_TOKEN": planted, "TUNNEL_TOKEN": planted,
		"TUNNEL_URL": "http://127.0.0.1:1", "SSL_CERT_DIR": "", "TMPDIR": "", "ALL_PROXY": "", "all_proxy": "", "NO_PROXY": "", "no_proxy": "",
		"HOME": "/home/ada", "USERPROFILE": "/home/ada", "HTTPS_PROXY": "socks5://proxy.example:1080", "SSL_CERT_FILE": "/etc/ca.pem",
	}
	for name, value := range ours {
		t.Setenv(name, value)
	}
	p := quick(t, "")
	tn, j := prepare(t, p, Options{})
	r := tunneltest.Start(t, tn, nil, j, planted)
	r.AwaitState(tunnel.Online)
	home := tn.cfg.options.Folder
	want := []string{
		"ALL_PROXY=socks5://proxy.example:1080", "HOME=" + home, "PATH=/usr/bin", "SSL_CERT_FILE=/etc/ca.pem", "USERPROFILE=" + home,
	}
	// Windows and wine give each process some variables more.
	got := slices.DeleteFunc(p.AwaitStart(1).Env, func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		_, isOurs := ours[name]
		return !isOurs && !strings.Contains(value, planted) && runtime.GOOS == "windows"
	})
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestEnvironmentNamesTheProxyThatCloudflaredKnows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ours   map[string]string
		want   string // empty: none
		chosen string // in the settings
	}{
		"a SOCKS proxy for everything":        {map[string]string{"HTTPS_PROXY": "socks5://p:1"}, "ALL_PROXY=socks5://p:1", ""},
		"its lower-case name":                 {map[string]string{"https_proxy": "socks5h://p:1"}, "ALL_PROXY=socks5h://p:1", ""},
		"one of cloudflared's own goes first": {map[string]string{"HTTPS_PROXY": "socks5://p:1", "ALL_PROXY": "socks5://q:1"}, "ALL_PROXY=socks5://q:1", "socks5://r:1"},
		"an HTTP proxy, which it cannot use":  {map[string]string{"HTTPS_PROXY": "http://p:1"}, "", "socks5://r:1"},
		"one of the settings":                 {nil, "ALL_PROXY=socks5://r:1", "socks5://r:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			for _, v := range environment(func(name string) string { return c.ours[name] }, "/home", c.chosen) {
				if strings.Contains(v, "PROXY=") {
					got += v
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	token := relay.NewSecret(cloudflaredtest.Token(planted))
	for name, c := range map[string]struct {
		o    Options
		want string
		mend tunnel.Mend
	}{
		"a host name without a token":             {Options{Host: ownHost}, ReasonTokenMissing, tunnel.MendToken},
		"a token of spaces":                       {Options{Host: ownHost, Token: relay.NewSecret(" ")}, ReasonTokenMissing, tunnel.MendToken},
		"a token without a host name":             {Options{Token: token}, ReasonHostMissing, tunnel.MendSettings},
		"a token that is no base64":               {Options{Host: ownHost, Token: relay.NewSecret("planted token")}, ReasonTokenMalformed, tunnel.MendToken},
		"the whole command in place of the token": {Options{Host: ownHost, Token: relay.NewSecret("cloudflared service install " + token.Reveal())}, ReasonTokenMalformed, tunnel.MendToken},
		"a host name with a path":                 {Options{Host: ownHost + "/hooks", Token: token}, ReasonHostInvalid, tunnel.MendSettings},
		"a local address of all networks":         {Options{Listen: "0.0.0.0:8787"}, tunnel.ReasonListenFailed, tunnel.MendLocally},
		"a local address without a port":          {Options{Listen: "127.0.0.1"}, tunnel.ReasonListenFailed, tunnel.MendLocally},
		"a program without its folder":            {Options{Executable: "cloudflared"}, ReasonExecutableUnusable, tunnel.MendLocally},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(c.o)
			refused, ok := errors.AsType[*tunnel.PermanentError](err)
			if !ok || refused.Reason != c.want || refused.Mend != c.mend {
				t.Fatalf("got %v, want reason %s", err, c.want)
			}
			if refused.Headline == "" || refused.Cause == "" || refused.Next == "" {
				t.Errorf("words are missing: %+v", refused)
			}
			if strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), token.Reveal()) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

// TestPermanentFailuresEndTheRun starts what trying again cannot help.
func TestPermanentFailuresEndTheRun(t *testing.T) {
	t.Parallel()
	file := func(t *testing.T, name, content string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		behaviour cloudflaredtest.Behaviour
		path      func(t *testing.T) string // nil: that of the stand-in
		quick     bool
		want      string
	}{
		"a token that Cloudflare refuses": {behaviour: cloudflaredtest.Behaviour{Token: cloudflaredtest.Token("another")}, want: ReasonTokenRefused},
		"a version without our options":   {behaviour: cloudflaredtest.Behaviour{Fault: cloudflaredtest.Old}, want: ReasonExecutableTooOld},
		"a program that is not there":     {path: func(t *testing.T) string { return filepath.Join(t.TempDir(), "cloudflared") }, quick: true, want: ReasonExecutableMissing},
		"a file that may not be run":      {path: func(t *testing.T) string { return file(t, "cloudflared", "", 0o600) }, quick: true, want: ReasonExecutableUnusable},
		"a folder":                        {path: func(t *testing.T) string { return t.TempDir() }, quick: true, want: ReasonExecutableUnusable},
		"a file for another computer":     {path: func(t *testing.T) string { return file(t, cloudflaredtest.FileName(), "\x7fELF\x09", 0o700) }, quick: true, want: ReasonExecutableUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := cloudflaredtest.Install(t, c.behaviour)
			if c.path != nil {
				p.Path = c.path(t)
			}
			o := named()
			if c.quick {
				o = Options{}
			}
			err := start(t, p, o).Result()
			refused, ok := errors.AsType[*tunnel.PermanentError](err)
			if !ok || refused.Reason != c.want {
				t.Fatalf("got %v, want reason %s", err, c.want)
			}
			if refused.Headline == "" || refused.Cause == "" || refused.Next == "" {
				t.Errorf("words are missing: %+v", refused)
			}
			if strings.Contains(err.Error(), filepath.Dir(p.Path)) {
				t.Errorf("got %v, want no folder of the person in it", err)
			}
		})
	}
}

func TestALocalPortThatIsTaken(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	p, o := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{}), named()
	o.Listen = listener.Addr().String()
	err = start(t, p, o).Result()
	refused, ok := errors.AsType[*tunnel.PermanentError](err)
	if !ok || refused.Reason != tunnel.ReasonAddressInUse || !strings.Contains(refused.Next, "Cloudflare's dashboard") {
		t.Fatalf("got %v, want the port named, and where else it is set", err)
	}
	if n := len(p.Starts()); n != 0 {
		t.Errorf("got %d starts, want none without a port", n)
	}
}

func TestFailuresThatPassAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    cloudflaredtest.Fault
		says     string // part of the cause
		headline string // once it is repeated; empty: none
	}{
		"Cloudflare gives out no further quick tunnel": {cloudflaredtest.RateLimited, "cloudflared ended", "Cloudflare gives out no quick tunnel now."},
		"there is no network":                          {cloudflaredtest.Offline, "no such host", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := quick(t, c.fault)
			r := start(t, p, Options{})
			waiting := func(l tunnel.Link) bool { return !l.RetryAt.IsZero() }
			first := r.Await("waiting", waiting)
			if first.State != tunnel.Connecting || first.Err == nil || !strings.Contains(first.Err.Error(), c.says) || first.Headline != "" {
				t.Errorf("got %+v, want a cause with %q", first, c.says)
			}
			if second := r.Await("waiting again", waiting); second.Headline != c.headline {
				t.Errorf("got the headline %q the second time, want %q", second.Headline, c.headline)
			}
			p.Set(cloudflaredtest.Behaviour{Host: quickHost1})
			r.AwaitState(tunnel.Online)
		})
	}
}

func TestAskingTooOftenIsAnsweredWithPatience(t *testing.T) {
	t.Parallel()
	var past tunnel.History
	var waits []time.Duration
	now := time.Now()
	for range 6 {
		var link tunnel.Link
		past, link = tunnel.DefaultPauses().After(past, failure{limited: true, err: errNoAnswer}.forRetry(), now, rand.Float64())
		waits = append(waits, link.RetryAt.Sub(now))
	}
	for i, wait := range waits {
		most := min(time.Minute<<i, 15*time.Minute)
		if wait > most || wait < most/2 {
			t.Errorf("wait %d: got %v, want between %v and %v", i+1, wait, most/2, most)
		}
	}
}

func TestALostNetworkIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{})
	r := start(t, p, named())
	r.AwaitState(tunnel.Online)
	s := p.AwaitStart(1)
	p.Lose(s, true)
	r.Await("lost, with what cloudflared says", func(l tunnel.Link) bool {
		return l.State == tunnel.Reconnecting && l.Err != nil && strings.Contains(l.Err.Error(), "Connection terminated")
	})
	p.Lose(s, false)
	if link := r.AwaitState(tunnel.Online); link.URL != "https://"+ownHost {
		t.Errorf("got %s, want the same address", link.URL)
	}
	if n := len(p.Starts()); n != 1 {
		t.Errorf("got %d starts, want one: cloudflared connects again by itself", n)
	}
}

func TestTheCauseIsToldWhileThereIsNoNetworkYet(t *testing.T) {
	t.Parallel()
	p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Fault: cloudflaredtest.Offline})
	link := start(t, p, named()).Await("with a cause", func(l tunnel.Link) bool { return l.Err != nil })
	if link.State != tunnel.Connecting || !strings.Contains(link.Err.Error(), "Unable to establish connection") {
		t.Errorf("got %+v, want it connecting, with the cause", link)
	}
}

func TestANetworkThatStaysAwayCostsANewStart(t *testing.T) {
	t.Parallel()
	p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Fault: cloudflaredtest.Offline})
	tn, j := prepare(t, p, named())
	tn.cfg.limits.down = 200 * time.Millisecond
	r := tunneltest.Start(t, tn, nil, j, planted)
	p.AwaitStart(1)
	p.Set(cloudflaredtest.Behaviour{})
	r.AwaitState(tunnel.Online)
	p.AwaitStart(2)
}

// roundTripFunc is a function that answers questions to the metrics server.
type roundTripFunc func(r *http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAChildThatHangsIsStartedAnew has the first child be asked once it runs, and
// leaves the next one as long as it takes to start.
func TestAChildThatHangsIsStartedAnew(t *testing.T) {
	t.Parallel()
	p := quick(t, cloudflaredtest.Hanging)
	tn, j := prepare(t, p, Options{})
	tn.cfg.limits.hung = time.Millisecond
	direct, hanging, runs := tn.cfg.transport, "", make(chan struct{})
	tn.cfg.transport = roundTripFunc(func(r *http.Request) (*http.Response, error) { // on the goroutine of the session
		switch hanging {
		case "":
			hanging = r.URL.Host
			select {
			case <-runs:
			case <-t.Context().Done():
			}
		case r.URL.Host:
		default:
			tn.cfg.limits.hung = tunneltest.Patience
		}
		return direct.RoundTrip(r)
	})
	r := tunneltest.Start(t, tn, nil, j, "")
	p.AwaitStart(1)
	p.Set(cloudflaredtest.Behaviour{Host: quickHost1})
	close(runs)
	if link := r.Await("waiting", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() }); !errors.Is(link.Err, errNoAnswer) {
		t.Errorf("got the cause %v, want %v", link.Err, errNoAnswer)
	}
	r.AwaitState(tunnel.Online)
}

func TestAChildThatEndsIsStartedAnew(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	r := start(t, p, Options{})
	r.AwaitState(tunnel.Online)
	p.Set(cloudflaredtest.Behaviour{Host: quickHost2})
	p.Exit(p.AwaitStart(1), 1, "something broke")
	link := r.Await("waiting", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() })
	if link.State != tunnel.Reconnecting || link.Err == nil || !strings.Contains(link.Err.Error(), "exit status 1): something broke") {
		t.Errorf("got %+v, want the last words and the exit status", link)
	}
	if link := r.AwaitState(tunnel.Online); link.URL != "https://"+quickHost2 {
		t.Errorf("got %s, want the name of the new quick tunnel", link.URL)
	}
}

func TestAQuickTunnelThatWasTakenAwayIsReplaced(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	r := start(t, p, Options{})
	r.AwaitState(tunnel.Online)
	p.Set(cloudflaredtest.Behaviour{Host: quickHost2})
	s := p.AwaitStart(1)
	awaitEnd := p.Hold(s)
	r.AwaitText("Registered tunnel connection")
	p.Say(s, `{"level":"error","error":"Unauthorized: Tunnel not found","message":"Register tunnel error from server side"}`)
	if link := r.Await("at the new address", func(l tunnel.Link) bool { return l.State == tunnel.Online }); link.URL != "https://"+quickHost2 {
		t.Errorf("got %s, want the name of the new quick tunnel", link.URL)
	}
	awaitEnd()
}

func TestRefusalsOfANamedTunnel(t *testing.T) {
	t.Parallel()
	refusal := `{"level":"error","error":"Unauthorized: Invalid tunnel secret","message":"Register tunnel error from server side"}`
	for _, c := range []struct {
		name     string
		does     func(p *cloudflaredtest.Program, s cloudflaredtest.Start)
		believed bool
	}{
		{"one is not believed", func(p *cloudflaredtest.Program, s cloudflaredtest.Start) {
			p.Lose(s, true)
			p.Say(s, refusal)
		}, false},
		{"nor are two with a connection between them", func(p *cloudflaredtest.Program, s cloudflaredtest.Start) {
			for range 2 {
				p.Lose(s, true)
				p.Say(s, refusal)
				p.Lose(s, false)
			}
		}, false},
		{"nor are those of one connection while another is up", func(p *cloudflaredtest.Program, s cloudflaredtest.Start) {
			p.Say(s, refusal)
			p.Say(s, refusal)
		}, false},
		{"two in a row are", func(p *cloudflaredtest.Program, s cloudflaredtest.Start) {
			p.Lose(s, true)
			p.Say(s, refusal)
			p.Say(s, refusal)
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{})
			r := start(t, p, named())
			r.AwaitState(tunnel.Online)
			s := p.AwaitStart(1)
			r.AwaitText("Registered tunnel connection")
			c.does(p, s)
			if c.believed {
				if refused, ok := errors.AsType[*tunnel.PermanentError](r.Result()); !ok || refused.Reason != ReasonTokenRefused {
					t.Errorf("got %v, want the token refused", refused)
				}
				return
			}
			r.AwaitText("Invalid tunnel secret")
			select {
			case <-r.Done():
				t.Fatalf("the run ended with %v", r.Result())
			case <-time.After(100 * time.Millisecond): // nothing happens, which announces itself in no way
			}
		})
	}
}

func TestARestartStartsAnotherChild(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	r := start(t, p, Options{})
	r.AwaitState(tunnel.Online)
	awaitEnd := p.Hold(p.AwaitStart(1))
	r.Provider.Restart()
	if link := r.AwaitState(tunnel.Reconnecting); link.Err != nil || !link.RetryAt.IsZero() {
		t.Errorf("got %+v, want it connecting at once", link)
	}
	awaitEnd()
	r.AwaitState(tunnel.Online)
	p.AwaitStart(2)
}

func TestWhatTheChildWritesHarmsNothing(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]cloudflaredtest.Fault{
		"what is no log":    cloudflaredtest.Garbage,
		"its token, logged": cloudflaredtest.Leaking, // tunneltest.Start fails where it turns up
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Fault: f})
			tn, j := prepare(t, p, named())
			r := tunneltest.Start(t, tn, nil, j, cloudflaredtest.Token(planted))
			r.AwaitState(tunnel.Online)
			if f == cloudflaredtest.Leaking {
				r.AwaitText("[secret]")
			}
			r.StopInTime()
		})
	}
}

// countingTransport counts the questions to the metrics server.
type countingTransport struct {
	http.RoundTripper
	asked atomic.Int32
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asked.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func TestAChattyChildIsNotAskedForEachLine(t *testing.T) {
	t.Parallel()
	p := quick(t, cloudflaredtest.Chatty)
	tn, j := prepare(t, p, Options{})
	counting := &countingTransport{RoundTripper: tn.cfg.transport}
	tn.cfg.transport, tn.cfg.limits.least = counting, 100*time.Millisecond
	began := time.Now()
	r := tunneltest.Start(t, tn, nil, j, "")
	r.AwaitText(cloudflaredtest.LastOfMany)
	r.StopInTime()
	// Each turn asks twice at most: for the state and the name.
	if got, most := counting.asked.Load(), 10+4*int32(time.Since(began)/tn.cfg.limits.least); got > most {
		t.Errorf("got %d questions, want at most %d for %d lines", got, most, cloudflaredtest.ManyLines)
	}
}

func TestAChildThatDoesNotEndIsKilled(t *testing.T) {
	t.Parallel()
	p := quick(t, cloudflaredtest.Stubborn)
	r := start(t, p, Options{})
	r.AwaitState(tunnel.Online)
	awaitEnd := p.Hold(p.AwaitStart(1))
	r.StopInTime()
	awaitEnd()
}

func TestRequestsInFlightAreAnsweredBeforeTheChildEnds(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	tn, j := prepare(t, p, Options{})
	entered, release := make(chan struct{}), make(chan struct{})
	r := tunneltest.Start(t, tn, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		w.WriteHeader(http.StatusNoContent)
	}), j, "")
	r.AwaitState(tunnel.Online)
	s := p.AwaitStart(1)
	answered := make(chan int, 1)
	go func() { status, _ := fetch(t, s); answered <- status }()
	<-entered
	awaitEnd := p.Hold(s)
	r.Stop()
	time.Sleep(50 * time.Millisecond) // the stop is under way, and announces itself in no way
	close(release)
	if got := <-answered; got != http.StatusNoContent {
		t.Errorf("got %d, want the answer of the handler", got)
	}
	awaitEnd()
}

func TestASecondRunIsRefused(t *testing.T) {
	t.Parallel()
	p := quick(t, "")
	r := start(t, p, Options{})
	r.AwaitState(tunnel.Online)
	if err := r.Provider.Run(t.Context(), http.NotFoundHandler(), nil); !errors.Is(err, tunnel.ErrRunning) {
		t.Errorf("got %v, want %v", err, tunnel.ErrRunning)
	}
}

// TestAKilledParentTakesTheChildAlong kills the program as a crash would.
func TestAKilledParentTakesTheChildAlong(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	p := quick(t, "")
	parent := exec.CommandContext(tunneltest.Within(t), os.Args[0]) //nolint:gosec // The test binary itself.
	parent.Env = []string{parentOf + "=" + p.Path, "HOME=" + home, "PATH=" + os.Getenv("PATH"), "USERPROFILE=" + home, "TEMP=" + os.Getenv("TEMP")}
	parent.Stderr = os.Stderr
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	s := p.AwaitStart(1)
	awaitEnd := holdSoon(t, p, s)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	awaitEnd()
}
