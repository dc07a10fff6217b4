package bridge

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
	"vastrelay/vastapi"
)

const (
	rigURL    = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t"
	rigOrigin = "https://name.ngrok-free.app"
)

// rig is a Bridge among fakes, on a virtual clock. Its fields may be changed
// before and between passes through do.
type rig struct {
	*Bridge
	Reports
	mu    sync.Mutex
	calls []string // of every part, in order

	vault     *secrets.Memory
	keyring   credentials.KeyringState
	looking   func(ctx context.Context) // called at each look at the keyring; nil: nothing
	watched   bool                      // a call of Watch has not returned
	elsewhere func()                    // tells that somebody else changed the keyring; set by Run
	settings  *config.Config
	barred    error

	whoAmI      error
	dated       time.Duration // how long ago an answer of Vast.ai last said the time
	types       error         // the catalogue cannot be read
	hang        bool          // the API does not answer
	test        func() error  // nil: the test arrives
	rotated     func()        // called, with mu held, once a secret was rotated; nil: nothing
	channels    vastapi.Preferences
	otherCopies int    // webhooks of other copies
	foreign     string // the name of the webhook that is not ours; empty: "theirs"
	ensure      error
	probe       error
	login       error            // checking an ngrok token fails
	beat        error            // calling the heartbeat URL fails
	beatURL     string           // the heartbeat URL in use
	counting    chan struct{}    // what waits is counted only after its end; nil: at once
	unread      string           // the secret of that name cannot be read
	hello       googlechat.Hello // of a pasted Chat URL; zero: it is posted, and ids are honoured
	tunnel      error            // Factories.Tunnel fails
	run         error            // the tunnel ends with it at once
	ends        chan error       // the tunnel under way ends with what is sent
	report      func(tunnel.Link)
	back        tunnel.Link // the link after a restart; zero: nothing is reported
	pause       relay.Pause
	dest        relay.Destination
	waiting     int
	clock       *intake.Clock                   // without witnesses; what is noted there is known
	oldest      time.Time                       // when the oldest of them was accepted
	listed      []vastapi.Webhook               // beside the one that is not ours
	lost        bool                            // Google Chat does not know the space
	greeting    relay.Outcome                   // of a test message to Google Chat; empty: it is posted
	edit        webhooks.Edit                   // of the first webhook
	remade      int64                           // how often the webhooks were made anew
	theirs      map[relay.Role][]string         // the types that somebody chose at Vast.ai
	keep        error                           // storing a secret fails
	reading     func(ctx context.Context) error // called before each reading of a secret; nil: nothing
}

// usedBefore lets the program have posted in an earlier run: the keyring is no
// step of its set-up any more.
func (r *rig) usedBefore() {
	r.core.board.update(func(in *status.Input) { in.Posting.NeverSetUp = false })
}

func newRig(t *testing.T) *rig {
	t.Helper()
	settings, err := config.Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		vault: secrets.NewMemory(), keyring: credentials.KeyringState{State: "ready"}, settings: settings, clock: intake.NewClock(), ends: make(chan error),
	}
	for name, value := range map[string]string{secrets.NameVastKey: "key", secrets.NameChatURL: rigURL, secrets.NameNgrokToken: "token"} {
		if err := r.vault.Set(t.Context(), name, relay.NewSecret(value)); err != nil {
			t.Fatal(err)
		}
	}
	r.Bridge = New(Options{
		Credentials: &credentials.Store{
			Vault: fakeVault{r.vault, r}, AllowStored: func(credentials.Kind, relay.Secret) error { return r.barred },
		},
		Vault: fakeVault{r.vault, r}, Keyring: fakeKeyring{r}, Prober: fakeProber{r}, Settings: settings, Host: "host",
		Receiving: Receiving{Handler: http.NotFoundHandler(), Gate: fakeGate{r}, Clock: fakeClock{r.clock, r}},
		Posting: Posting{
			Destinations: fakeOutbox{r}, Queue: fakeOutbox{r}, Pauser: fakeOutbox{r}, Chat: fakeChat{r}, Tally: fakeTally{},
		},
		Heartbeat: fakeHeartbeat{r},
		Factories: Factories{
			API:      func(relay.Secret) (checks.API, error) { r.note("api"); return fakeAPI{r}, nil },
			Webhooks: func(checks.API) (WebhookManager, WebhookEditor) { return fakeHooks{r}, fakeHooks{r} },
			Tunnel:   func(relay.Secret) (tunnel.Provider, error) { return fakeTunnel{r}, r.tunnel },
			Vendors:  tunneltest.Vendors(),
			CheckToken: func(context.Context, credentials.Kind, relay.Secret) (tunnel.Account, error) {
				return tunnel.Account{Name: "Ada"}, get(r, &r.login)
			},
			ParseChatURL: func(s string) (googlechat.URL, error) { return googlechat.ParseURL(s, googlechat.ParseOptions{}) },
		},
	})
	r.Reports = r.Bridge.Reports()
	return r
}

// to makes the settings s, whatever they were.
func to(s config.Settings) func(*config.Settings) error {
	return func(c *config.Settings) error {
		*c = s
		return nil
	}
}

// play runs the bridge in a bubble while the test plays.
func play(t *testing.T, prepare, plot func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { playOnce(t, prepare, plot) })
}

// playOnce is play for tests that are in a bubble already, in which one run of
// the program can follow another.
func playOnce(t *testing.T, prepare, plot func(t *testing.T, r *rig)) {
	t.Helper()
	r := newRig(t)
	if prepare != nil {
		prepare(t, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	synctest.Wait()
	plot(t, r)
	cancel()
	<-done
	if got := r.Status().Phase; got != status.Stopped {
		t.Errorf("got phase %s after the end, want stopped", got)
	}
	if get(r, &r.watched) {
		t.Error("the keyring is watched after the end")
	}
}

func (r *rig) note(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
}

// do changes the rig and lets the bridge settle.
func (r *rig) do(change func()) {
	r.mu.Lock()
	change()
	r.mu.Unlock()
	synctest.Wait()
}

func (r *rig) count(call string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, c := range r.calls {
		if c == call {
			n++
		}
	}
	return n
}

// link makes the tunnel report.
func (r *rig) link(l tunnel.Link) {
	r.mu.Lock()
	report := r.report
	r.mu.Unlock()
	if l.Since.IsZero() {
		l.Since = time.Now()
	}
	report(l)
	synctest.Wait()
}

func (r *rig) wantPhase(t *testing.T, phase status.Phase, headline string) {
	t.Helper()
	s := r.Status()
	if s.Phase != phase || headline != "" && s.Headline.String() != headline {
		t.Errorf("got %s: %q %q, want %s: %q", s.Phase, s.Headline, s.Cause, phase, headline)
	}
}

func get[V any](r *rig, v *V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	return *v
}

// fakeVault is a memory that fails at will.
type fakeVault struct {
	*secrets.Memory
	r *rig
}

func (v fakeVault) Get(ctx context.Context, name string) (relay.Secret, error) {
	if reading := get(v.r, &v.r.reading); reading != nil {
		if err := reading(ctx); err != nil {
			return relay.Secret{}, err
		}
	}
	if name == get(v.r, &v.r.unread) {
		return relay.Secret{}, errors.New("the keyring hangs")
	}
	return v.Memory.Get(ctx, name)
}

func (v fakeVault) Set(ctx context.Context, name string, s relay.Secret) error {
	if err := get(v.r, &v.r.keep); err != nil {
		return err
	}
	return v.Memory.Set(ctx, name, s)
}

type fakeKeyring struct{ r *rig }

func (k fakeKeyring) Look(ctx context.Context) credentials.KeyringState {
	if looking := get(k.r, &k.r.looking); looking != nil {
		looking(ctx)
	}
	return get(k.r, &k.r.keyring)
}

func (k fakeKeyring) Unlock(context.Context) error {
	k.r.note("unlock")
	k.r.mu.Lock()
	defer k.r.mu.Unlock()
	k.r.keyring = credentials.KeyringState{State: "ready"}
	return nil
}

func (k fakeKeyring) KeepInMemory() {
	k.r.note("keep in memory")
	k.r.mu.Lock()
	defer k.r.mu.Unlock()
	k.r.keyring = credentials.KeyringState{State: "set_aside", Words: words.Verbatim("Kept for this run only.")}
}

func (k fakeKeyring) Watch(ctx context.Context, changed func()) {
	k.r.mu.Lock()
	k.r.elsewhere = changed
	k.r.watched = true
	k.r.mu.Unlock()
	<-ctx.Done()
	time.Sleep(time.Millisecond) // what is called takes its time to return
	k.r.mu.Lock()
	k.r.watched = false
	k.r.mu.Unlock()
}

type fakeGate struct{ r *rig }

func (g fakeGate) Expect(relay.Role) { g.r.note("expect") }
func (g fakeGate) Suspect(_ relay.Role, on bool) {
	if on {
		g.r.note("suspect")
	} else {
		g.r.note("trust")
	}
}

// fakeClock notes who says something of the time.
type fakeClock struct {
	*intake.Clock
	r *rig
}

func (c fakeClock) Note(witness string, offset time.Duration) {
	c.r.note("clock")
	c.Clock.Note(witness, offset)
}

type fakeAPI struct{ r *rig }

func (a fakeAPI) WhoAmI(ctx context.Context) (vastapi.Account, error) {
	a.r.note("whoami")
	if get(a.r, &a.r.hang) {
		<-ctx.Done()
		return vastapi.Account{}, ctx.Err()
	}
	return vastapi.Account{ID: 1, Email: "ada@example.net"}, get(a.r, &a.r.whoAmI)
}

func (a fakeAPI) NotificationTypes(context.Context) ([]vastapi.NotificationType, error) {
	return vastapi.Catalogue(), errors.Join(get(a.r, &a.r.whoAmI), get(a.r, &a.r.types))
}

// Test delivers to the webhook of the renter, which is made first, or of the host.
func (a fakeAPI) Test(_ context.Context, id int64) (vastapi.TestAnswer, error) {
	a.r.note("test")
	role := relay.Roles()[id-1]
	a.r.note("test " + string(role))
	if test := get(a.r, &a.r.test); test != nil {
		return vastapi.TestAnswer{}, test()
	}
	ev := relay.Event{ID: "own", Type: relay.TestType, Role: role}
	verdict := relay.Accepted
	if a.r.RecordOnly(ev) {
		verdict = relay.Recorded
	}
	a.r.Delivery(relay.Delivery{Role: role, Event: ev, Verdict: verdict, Fresh: true, Status: 204, Arrived: time.Now()})
	return vastapi.TestAnswer{EventID: ev.ID}, nil
}

func (a fakeAPI) Preferences(context.Context, int64) (vastapi.Preferences, error) {
	return get(a.r, &a.r.channels), nil
}

func (a fakeAPI) ClockOffset() (time.Duration, time.Time) {
	return 90 * time.Second, time.Now().Add(-get(a.r, &a.r.dated))
}

func (a fakeAPI) Webhooks(context.Context) ([]vastapi.Webhook, error) {
	theirs := vastapi.Webhook{ID: 7, Name: cmp.Or(get(a.r, &a.r.foreign), "theirs"), URL: "https://other.example.net/"}
	return append(slices.Clone(get(a.r, &a.r.listed)), theirs), nil
}

func (a fakeAPI) Create(context.Context, vastapi.NewWebhook) (vastapi.Created, error) {
	return vastapi.Created{}, errors.New("the executor creates, not the bridge")
}

func (a fakeAPI) Update(_ context.Context, _ int64, c vastapi.Change) (vastapi.Webhook, error) {
	if len(c.EventTypes) > 0 {
		a.r.note("enable")
		a.r.mu.Lock()
		a.r.channels = nil
		a.r.mu.Unlock()
	}
	return vastapi.Webhook{}, nil
}
func (a fakeAPI) Delete(context.Context, int64) error { return nil }
func (a fakeAPI) RotateSecret(context.Context, int64) (vastapi.WebhookSecret, error) {
	return vastapi.WebhookSecret{}, nil
}

type fakeHooks struct{ r *rig }

func (h fakeHooks) Recall(context.Context) error { h.r.note("recall"); return nil }

func (h fakeHooks) Ensure(_ context.Context, desired []webhooks.Desired) ([]webhooks.Result, error) {
	h.r.note("ensure")
	if err := get(h.r, &h.r.ensure); err != nil {
		return nil, err
	}
	var results []webhooks.Result
	for i, d := range desired {
		results = append(results, webhooks.Result{Role: d.Role, ID: int64(i+1) + 10*get(h.r, &h.r.remade), URL: d.URL, Types: d.Types})
	}
	if len(results) > 0 {
		results[0].Edit = get(h.r, &h.r.edit)
	}
	return results, nil
}

func (h fakeHooks) Restore(context.Context, []webhooks.Desired) error {
	h.r.note("restore")
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.ensure = nil
	return nil
}

func (h fakeHooks) RemoveAll(context.Context, string) (int, error) {
	h.r.note("remove all")
	return 1, get(h.r, &h.r.ensure)
}

func (h fakeHooks) Accept(context.Context, []webhooks.Desired) (map[relay.Role][]string, error) {
	h.r.note("accept")
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.ensure = nil
	return h.r.theirs, nil
}

func (h fakeHooks) OtherCopies() int { return get(h.r, &h.r.otherCopies) }

func (h fakeHooks) Rotate(context.Context, webhooks.Desired) error {
	h.r.note("rotate")
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	if h.r.rotated != nil {
		h.r.rotated()
	}
	return nil
}

func (h fakeHooks) Replace(_ context.Context, _ webhooks.Desired, id int64) error {
	h.r.note("replace")
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.ensure = nil
	if id != 7 {
		return errors.New("another webhook than the chosen one")
	}
	return nil
}

type fakeTunnel struct{ r *rig }

func (f fakeTunnel) Run(ctx context.Context, _ http.Handler, report func(tunnel.Link)) error {
	f.r.note("tunnel")
	if err := get(f.r, &f.r.run); err != nil {
		return err
	}
	f.r.mu.Lock()
	f.r.report = report
	f.r.mu.Unlock()
	report(tunnel.Link{State: tunnel.Connecting, Since: time.Now()})
	select {
	case err := <-f.r.ends:
		return err
	case <-ctx.Done():
	}
	f.r.note("tunnel ended")
	return nil
}

// Restart takes the link down and up again at once, as a provider does whose
// vendor answers fast.
func (f fakeTunnel) Restart() {
	f.r.note("restart")
	f.r.mu.Lock()
	report, back := f.r.report, f.r.back
	f.r.mu.Unlock()
	if back.State != "" {
		go func() {
			report(tunnel.Link{State: tunnel.Reconnecting, Since: time.Now()})
			report(back)
		}()
	}
}

type fakeProber struct{ r *rig }

func (p fakeProber) Probe(context.Context, string) error {
	p.r.note("probe")
	return get(p.r, &p.r.probe)
}

type fakeTally struct{}

func (fakeTally) Tally(context.Context, time.Time) (relay.Tally, error) { return relay.Tally{}, nil }

type fakeChat struct{ r *rig }

func (c fakeChat) SetURL(googlechat.URL)  { c.r.note("url set") }
func (c fakeChat) RemoveURL(space string) { c.r.note("url of " + space + " removed") }
func (c fakeChat) Hello(context.Context, googlechat.URL) (googlechat.Hello, error) {
	c.r.note("hello")
	if h := get(c.r, &c.r.hello); h.Result.Outcome != "" {
		return h, nil
	}
	return googlechat.Hello{IDs: relay.IDsHonoured, Result: relay.Result{Outcome: relay.Posted}}, nil
}

func (c fakeChat) Test(context.Context, string) relay.Result {
	c.r.note("chat test")
	return relay.Result{Outcome: cmp.Or(get(c.r, &c.r.greeting), relay.Posted)}
}

type fakeOutbox struct{ r *rig }

func (o fakeOutbox) AddDestination(_ context.Context, space, _ string) (relay.Destination, error) {
	o.r.note("add " + space)
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	o.r.dest.Space = space
	return o.r.dest, nil
}
func (o fakeOutbox) RemoveDestination(space string) { o.r.note("remove " + space) }
func (o fakeOutbox) Destination(space string) (relay.Destination, bool) {
	d := get(o.r, &o.r.dest)
	return d, d.Space == space
}
func (o fakeOutbox) LearnIDs(context.Context, string, relay.IDSupport) error { return nil }
func (o fakeOutbox) Reopen(context.Context, string) error {
	o.r.note("reopen")
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	o.r.dest.ParkedSince = time.Time{}
	return nil
}

func (o fakeOutbox) Nudge() { o.r.note("nudge") }

func (o fakeOutbox) RetryNow() { o.r.note("retry now") }
func (o fakeOutbox) Backlog(context.Context) (relay.Backlog, error) {
	return relay.Backlog{Count: get(o.r, &o.r.waiting), Oldest: get(o.r, &o.r.oldest)}, nil
}

func (o fakeOutbox) Pause(_ context.Context, until time.Time) error {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	o.r.pause = relay.Pause{Since: time.Now(), Until: until}
	return nil
}

func (o fakeOutbox) Resume(context.Context, bool) (int, error) {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	o.r.pause = relay.Pause{}
	return 0, nil
}

func (o fakeOutbox) Paused() relay.Pause {
	p := get(o.r, &o.r.pause)
	if !p.Until.IsZero() && !time.Now().Before(p.Until) {
		return relay.Pause{} // it has run out
	}
	return p
}

func (o fakeOutbox) Counters() relay.Counters {
	if counting := get(o.r, &o.r.counting); counting != nil {
		<-counting
	}
	return relay.Counters{}
}

// callsAfter returns the calls that were made after the first n.
func (r *rig) callsAfter(n int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls[n:])
}

func (r *rig) callCount() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// secretNames are the names under which the vault keeps the credentials.
var secretNames = map[credentials.Kind]string{
	credentials.VastKey: secrets.NameVastKey, credentials.ChatURL: secrets.NameChatURL, credentials.NgrokToken: secrets.NameNgrokToken,
	credentials.HeartbeatURL: secrets.NameHeartbeatURL,
}

type fakeHeartbeat struct{ r *rig }

func (h fakeHeartbeat) Use(url relay.Secret) {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.beatURL = url.Reveal()
}

func (h fakeHeartbeat) Check(context.Context, relay.Secret) error {
	h.r.note("heartbeat checked")
	return get(h.r, &h.r.beat)
}
