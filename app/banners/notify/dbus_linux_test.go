package notify

import (
	"context"
	"errors"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
	"vastrelay/app/sessionbus/bustest"
	"vastrelay/assets"
)

// startBus runs a session bus without any service for the test.
func startBus(t *testing.T) {
	t.Helper()
	t.Setenv(sessionbus.Variable, bustest.Start(t).Address)
}

// call is one call of Notify.
type call struct {
	App, Icon, Title, Body string
	Replaces               uint32
	Actions                []string
	Hints                  map[string]dbus.Variant
}

// service plays a notification service.
type service struct {
	t            *testing.T
	conn         *dbus.Conn
	capabilities []string

	mu     sync.Mutex
	calls  []call
	closed []uint32
	last   uint32
}

// startService puts a service with those capabilities on the bus.
func startService(t *testing.T, capabilities ...string) *service {
	t.Helper()
	conn, err := sessionbus.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, conn: conn, capabilities: capabilities}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.ExportMethodTable(map[string]any{
		"GetCapabilities":      func() ([]string, *dbus.Error) { return s.capabilities, nil },
		"GetServerInformation": func() (string, string, string, string, *dbus.Error) { return "notifyd", "us", "1", "1.2", nil },
		"Notify":               s.notify,
		"CloseNotification":    s.close,
	}, servicePath, serviceName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *service) notify(app string, replaces uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call{app, icon, title, body, replaces, actions, hints})
	if replaces != 0 {
		return replaces, nil
	}
	s.last++
	return s.last, nil
}

func (s *service) close(id uint32) *dbus.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, id)
	return nil
}

// emit sends a signal about a notification.
func (s *service) emit(name string, id uint32, what any) {
	s.t.Helper()
	if err := s.conn.Emit(servicePath, serviceName+"."+name, id, what); err != nil {
		s.t.Fatal(err)
	}
}

func (s *service) seen() (calls []call, closed []uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls), slices.Clone(s.closed)
}

// newNotifier is a notifier that ends with the test.
func newNotifier(t *testing.T) *Notifier {
	t.Helper()
	n := New(Options{Name: "Vast Relay", ID: "app.vastrelay.desktop", Label: func() string { return "Open" }, Icon: assets.Icon})
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// show shows what and fails the test when that does not succeed.
func show(t *testing.T, n *Notifier, what Notification) {
	t.Helper()
	if err := n.Show(t.Context(), what); err != nil {
		t.Fatal(err)
	}
}

// heard collects what a person did.
type heard chan string

func (h heard) note(what string) func() { return func() { h <- what } }

// next is what was done next; "" when nothing was in time.
func (h heard) next() string {
	select {
	case what := <-h:
		return what
	case <-time.After(5 * time.Second):
		return ""
	}
}

func TestANotificationReachesTheService(t *testing.T) {
	startBus(t)
	s := startService(t, "body", "actions", "body-markup")
	n := newNotifier(t)
	show(t, n, Notification{
		Title: "Outbid <b>#7", Body: "a <b>bold</b> & new", Urgency: Critical, Open: func() {},
		Buttons: []Button{{"Open instances", func() {}}, {"Mute", func() {}}},
	})
	calls, _ := s.seen()
	got := calls[0]
	if got.App != "Vast Relay" || got.Title != "Outbid <b>#7" || got.Body != "a &lt;b&gt;bold&lt;/b&gt; &amp; new" || got.Replaces != 0 {
		t.Errorf("got %+v, want the title as it is and the body without markup", got)
	}
	if want := []string{"default", "Open", "0", "Open instances", "1", "Mute"}; !slices.Equal(got.Actions, want) {
		t.Errorf("actions %q, want %q", got.Actions, want)
	}
	if urgency, entry := got.Hints["urgency"].Value(), got.Hints["desktop-entry"].Value(); urgency != byte(2) || entry != "app.vastrelay.desktop" {
		t.Errorf("urgency %v, desktop entry %v", urgency, entry)
	}
	// A struct is decoded into a list of its members.
	var p picture
	if members, ok := got.Hints["image-data"].Value().([]any); !ok || dbus.Store(members, &p.Width, &p.Height, &p.Stride, &p.HasAlpha, &p.BitsPerSample, &p.Channels, &p.Data) != nil || len(p.Data) != int(p.Stride*p.Height) {
		t.Errorf("the picture is %d bytes of %d by %d pixels", len(p.Data), p.Width, p.Height)
	}
}

func TestAServiceWithoutMarkupOrButtonsGetsNeither(t *testing.T) {
	startBus(t)
	s := startService(t, "body")
	n := newNotifier(t)
	show(t, n, Notification{Title: "t", Body: "a < b", Open: func() {}, Buttons: []Button{{"x", func() {}}}})
	calls, _ := s.seen()
	if got := calls[0]; got.Body != "a < b" || len(got.Actions) != 0 {
		t.Errorf("got body %q and actions %q, want the text as it is and none", got.Body, got.Actions)
	}
	if got, want := n.Support(t.Context()), (Support{Works: true, Service: "notifyd"}); got != want {
		t.Errorf("support %+v, want %+v", got, want)
	}
}

func TestClicksAreTold(t *testing.T) {
	startBus(t)
	s := startService(t, "actions")
	n := newNotifier(t)
	for name, tc := range map[string]struct {
		signal string
		what   any
		want   []string
	}{
		"a click on the notification":     {"ActionInvoked", "default", []string{"closed", "opened"}},
		"a click on a button":             {"ActionInvoked", "1", []string{"closed", "second"}},
		"a button that does not exist":    {"ActionInvoked", "7", []string{"closed"}},
		"a person closes it":              {"NotificationClosed", uint32(2), []string{"closed"}},
		"it goes by itself":               {"NotificationClosed", uint32(1), nil},
		"a signal that is none of theirs": {"ActionInvoked", uint32(3), []string{"closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := make(heard, 4)
			show(t, n, Notification{
				Title: name, Open: h.note("opened"), Closed: h.note("closed"),
				Buttons: []Button{{"1", h.note("first")}, {"2", h.note("second")}},
			})
			s.emit("ActionInvoked", 4711, "default") // somebody else's
			s.emit(tc.signal, s.last, tc.what)
			for _, want := range tc.want {
				if got := h.next(); got != want {
					t.Errorf("heard %q, want %q", got, want)
				}
			}
			// A notification that is still known is told of; what was told is over.
			s.emit("NotificationClosed", s.last, uint32(2))
			want := "closed"
			if len(tc.want) > 0 {
				want = ""
			}
			if want != "" && h.next() != want {
				t.Error("a notification that went by itself cannot be clicked in the desktop's list")
			}
			select {
			case got := <-h:
				t.Errorf("heard %q as well", got)
			default:
			}
		})
	}
}

func TestANotificationTakesTheSlotOfTheLast(t *testing.T) {
	startBus(t)
	s := startService(t, "actions")
	n := newNotifier(t)
	h := make(heard, 4)
	show(t, n, Notification{Slot: "outage", Title: "fails"})
	show(t, n, Notification{Slot: "event", Title: "other"})
	show(t, n, Notification{Slot: "outage", Title: "works", Closed: h.note("closed")})
	calls, _ := s.seen()
	if calls[1].Replaces != 0 || calls[2].Replaces != 1 {
		t.Errorf("they replace %d and %d, want none and the first", calls[1].Replaces, calls[2].Replaces)
	}
	s.emit("NotificationClosed", 1, uint32(2))
	if got := h.next(); got != "closed" {
		t.Errorf("heard %q of the one that took the place, want that it was closed", got)
	}
	show(t, n, Notification{Slot: "outage", Title: "fails again"})
	if calls, _ = s.seen(); calls[3].Replaces != 0 {
		t.Errorf("it replaces %d, which a person has closed", calls[3].Replaces)
	}
	n.Withdraw(t.Context(), "outage")
	n.Withdraw(t.Context(), "outage")
	n.Withdraw(t.Context(), "never")
	if _, closed := s.seen(); !slices.Equal(closed, []uint32{3}) {
		t.Errorf("taken away: %v, want the last one, once", closed)
	}
}

// end takes the service off the bus.
func (s *service) end() {
	s.t.Helper()
	if _, err := s.conn.ReleaseName(serviceName); err != nil {
		s.t.Fatal(err)
	}
}

func TestIDsOfAServiceThatHasEndedAreForgotten(t *testing.T) {
	startBus(t)
	n := newNotifier(t)
	first := startService(t, "actions")
	h := make(heard, 4)
	show(t, n, Notification{Slot: "outage", Title: "fails", Open: h.note("opened"), Closed: h.note("closed")})
	show(t, n, Notification{Slot: "late", Title: "late", Open: h.note("opened"), Closed: h.note("closed")})
	first.end()
	// The next one counts from 1 again: these two are of another program.
	second := startService(t, "actions")
	second.last = 2
	second.emit("ActionInvoked", 1, "default")
	second.emit("NotificationClosed", 2, uint32(2))
	n.Withdraw(t.Context(), "late")
	show(t, n, Notification{Slot: "outage", Title: "fails", Open: h.note("opened again")})
	calls, closed := second.seen()
	if len(closed) > 0 || calls[0].Replaces != 0 {
		t.Errorf("closed %v and replaced %d, which are of another program", closed, calls[0].Replaces)
	}
	second.emit("ActionInvoked", 3, "default")
	if got := h.next(); got != "opened again" {
		t.Errorf("heard %q first, want the click on our own notification alone", got)
	}
}

func TestWithoutAService(t *testing.T) {
	startBus(t)
	n := newNotifier(t)
	if err := n.Show(t.Context(), Notification{Title: "t"}); !errors.Is(err, ErrNoService) {
		t.Errorf("got %v, want that there is none", err)
	}
	if n.Support(t.Context()).Works {
		t.Error("it works without a service")
	}
	s := startService(t, "body") // which comes later
	show(t, n, Notification{Title: "t"})
	if calls, _ := s.seen(); len(calls) != 1 {
		t.Errorf("got %d calls once there is a service, want 1", len(calls))
	}
}

func TestWithoutABus(t *testing.T) {
	t.Setenv(sessionbus.Variable, "unix:path="+t.TempDir()+"/none")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	n := newNotifier(t)
	if err := n.Show(t.Context(), Notification{Title: "t"}); !errors.Is(err, ErrNoService) {
		t.Errorf("got %v, want that there is no service", err)
	}
	n.Withdraw(t.Context(), "x")
}

func TestCloseEndsWhatHearsOfClicks(t *testing.T) {
	startBus(t)
	startService(t, "actions")
	n := New(Options{})
	show(t, n, Notification{Title: "t"})
	_ = n.Close()
	select {
	case <-n.ended:
	default:
		t.Error("something still hears of clicks")
	}
	if err := n.Show(context.Background(), Notification{Title: "t"}); err == nil {
		t.Error("shown after the end")
	}
}

func TestTheIconIsScaled(t *testing.T) {
	p, err := iconPicture(assets.Icon())
	if err != nil || p.Width != 64 || len(p.Data) != 64*64*4 {
		t.Fatalf("got %d bytes of %d pixels, %v", len(p.Data), p.Width, err)
	}
	opaque := 0
	for i := 3; i < len(p.Data); i += 4 {
		if p.Data[i] == 255 {
			opaque++
		}
	}
	if opaque == 0 || p.Data[3] == 255 {
		t.Errorf("%d pixels are opaque, the corner is %v; want the middle opaque and the corner clear", opaque, color.NRGBA{A: p.Data[3]})
	}
	for _, wrong := range []string{"", "PNG", strings.Repeat("x", 100)} {
		if _, err := iconPicture([]byte(wrong)); err == nil {
			t.Errorf("%q was taken for a picture", wrong)
		}
	}
}
