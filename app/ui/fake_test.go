package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
	"vastrelay/app/config"
	"vastrelay/relay"
)

// noon is when every test takes place.
var noon = time.Date(2026, 11, 21, 14, 6, 0, 0, time.UTC)

// fakeBackend plays the program. Fields are read from any goroutine under mu;
// the functions replace what a method does.
type fakeBackend struct {
	mu          sync.Mutex
	status      bridge.Status
	rows        []relay.Summary
	details     map[string]relay.Detail
	credentials []bridge.Credential
	keyring     bridge.KeyringState
	settings    config.Settings
	space       []bridge.DemoMessage
	catalogue   bridge.Catalogue
	watchers    map[int]func()
	calls       []string

	events   func(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	event    func(ctx context.Context, id string) (relay.Detail, error)
	perform  func(ctx context.Context, a bridge.Action) error
	test     func(ctx context.Context, report func(bridge.Step)) error
	saveCred func(ctx context.Context, kind bridge.CredentialKind, pasted string, report func(bridge.Step)) error
	saveSet  func(ctx context.Context, s config.Settings) error
	foreign  func(ctx context.Context) ([]bridge.Webhook, error)
	replace  func(ctx context.Context, id int64) error
	list     func(ctx context.Context) (bridge.Catalogue, error)
	demo     func() error
}

var _ Backend = (*fakeBackend)(nil)

// note records a call; called answers whether and how often it came.
func (b *fakeBackend) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, fmt.Sprintf(format, args...))
}

func (b *fakeBackend) called(prefix string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, c := range b.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (b *fakeBackend) Status() bridge.Status {
	b.note("Status")
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

func (b *fakeBackend) Watch(changed func()) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = make(map[int]func())
	}
	id := len(b.watchers)
	b.watchers[id] = changed
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, id)
	}
}

// emit signals a change to every watcher.
func (b *fakeBackend) emit() {
	b.mu.Lock()
	var all []func()
	for _, f := range b.watchers {
		all = append(all, f)
	}
	b.mu.Unlock()
	for _, f := range all {
		f()
	}
}

// Events pages through rows the way a store does: newest first, by time and id.
func (b *fakeBackend) Events(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
	b.note("Events search=%q type=%q fate=%q limit=%d before=%q", q.Search, q.Type, q.Fate, q.Limit, q.BeforeID)
	if b.events != nil {
		return b.events(ctx, q)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []relay.Summary
	for _, r := range b.rows {
		older := q.BeforeTime.IsZero() || r.ReceivedAt.Before(q.BeforeTime) || r.ReceivedAt.Equal(q.BeforeTime) && r.ID < q.BeforeID
		if older && (q.Type == "" || q.Type == r.Type) && (q.Fate == "" || q.Fate == r.Fate) &&
			strings.Contains(strings.ToLower(r.Title), strings.ToLower(q.Search)) && len(out) < q.Limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (b *fakeBackend) Event(ctx context.Context, id string) (relay.Detail, error) {
	b.note("Event %s", id)
	if b.event != nil {
		return b.event(ctx, id)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.details[id]
	if !ok {
		return relay.Detail{}, relay.ErrNotFound
	}
	return d, nil
}

func (b *fakeBackend) Perform(ctx context.Context, a bridge.Action) error {
	b.note("Perform %s", a)
	if b.perform != nil {
		return b.perform(ctx, a)
	}
	return nil
}

func (b *fakeBackend) Pause(_ context.Context, until time.Time) error {
	b.note("Pause %s", until.Format(time.RFC3339))
	return nil
}

func (b *fakeBackend) Resume(_ context.Context, keep bool) error {
	b.note("Resume keep=%v", keep)
	return nil
}

func (b *fakeBackend) TestFromVast(ctx context.Context, report func(bridge.Step)) error {
	b.note("TestFromVast")
	if b.test != nil {
		return b.test(ctx, report)
	}
	return nil
}

func (b *fakeBackend) TestToChat(ctx context.Context, report func(bridge.Step)) error {
	b.note("TestToChat")
	if b.test != nil {
		return b.test(ctx, report)
	}
	return nil
}

func (b *fakeBackend) Keyring() bridge.KeyringState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keyring
}

func (b *fakeBackend) Credentials() []bridge.Credential {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.credentials)
}

func (b *fakeBackend) SaveCredential(ctx context.Context, kind bridge.CredentialKind, pasted string, report func(bridge.Step)) error {
	b.note("SaveCredential %s", kind)
	if b.saveCred != nil {
		return b.saveCred(ctx, kind, pasted, report)
	}
	return nil
}

func (b *fakeBackend) RemoveCredential(_ context.Context, kind bridge.CredentialKind) error {
	b.note("RemoveCredential %s", kind)
	return nil
}

func (b *fakeBackend) Catalogue(ctx context.Context) (bridge.Catalogue, error) {
	b.note("Catalogue")
	if b.list != nil {
		return b.list(ctx)
	}
	return b.catalogue, nil
}

func (b *fakeBackend) Settings() config.Settings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settings
}

func (b *fakeBackend) SaveSettings(ctx context.Context, s config.Settings) error {
	b.note("SaveSettings")
	if b.saveSet != nil {
		if err := b.saveSet(ctx, s); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settings = s
	return nil
}

func (b *fakeBackend) ForeignWebhooks(ctx context.Context) ([]bridge.Webhook, error) {
	b.note("ForeignWebhooks")
	if b.foreign != nil {
		return b.foreign(ctx)
	}
	return nil, nil
}

func (b *fakeBackend) ReplaceWebhook(ctx context.Context, id int64) error {
	b.note("ReplaceWebhook %d", id)
	if b.replace != nil {
		return b.replace(ctx, id)
	}
	return nil
}

func (b *fakeBackend) StartDemo() error {
	b.note("StartDemo")
	if b.demo != nil {
		return b.demo()
	}
	return nil
}

func (b *fakeBackend) DemoSpace() []bridge.DemoMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.space)
}

func (b *fakeBackend) SendDemoEvent(context.Context) error {
	b.note("SendDemoEvent")
	if !b.status.Demo {
		return errors.New("not a demo")
	}
	return nil
}

// timer is one call of Options.After that a test can let pass.
type timer struct {
	d       time.Duration
	f       func()
	stopped bool
}

// desk is a UI under test with the goroutine of its widgets played by the
// test's own: what is posted waits in a queue until pump runs it.
type desk struct {
	t      *testing.T
	app    fyne.App
	b      *fakeBackend
	ui     *UI
	queue  chan func()
	timers []*timer
	quits  int
	tray   bool
	now    time.Time
}

// newDesk builds the windows over b, in the product's own look.
func newDesk(t *testing.T, b *fakeBackend, change ...func(*Options)) *desk {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(Theme())
	d := &desk{t: t, app: a, b: b, queue: make(chan func(), 4096), tray: true, now: noon}
	o := Options{
		Backend: b,
		Post:    func(f func()) { d.queue <- f },
		Now:     func() time.Time { return d.now },
		After: func(wait time.Duration, f func()) func() {
			one := &timer{d: wait, f: f}
			d.timers = append(d.timers, one)
			return func() { one.stopped = true }
		},
		HasTray: func() bool { return d.tray },
		Quit:    func() { d.quits++ },
		About:   About{Version: "1.0.0", DataFolder: "/home/ada/.local/share/vastrelay"},
	}
	for _, f := range change {
		f(&o)
	}
	d.ui = New(a, o)
	t.Cleanup(d.ui.Close)
	return d
}

// pump runs what was posted, until nothing is waiting.
func (d *desk) pump() {
	for {
		select {
		case f := <-d.queue:
			f()
		default:
			return
		}
	}
}

// until pumps, waiting for posts, until what is true. It gives up only when
// the whole test has hung.
func (d *desk) until(what string, is func() bool) {
	d.t.Helper()
	limit := time.After(10 * time.Second)
	for {
		d.pump()
		if is() {
			return
		}
		select {
		case f := <-d.queue:
			f()
		case <-limit:
			d.t.Fatalf("never happened: %s; on the screen:\n%s", what, strings.Join(d.allTexts(), "\n"))
		}
	}
}

// pass lets the timers of that length fire that were not stopped.
func (d *desk) pass(wait time.Duration) int {
	fired := 0
	due := d.timers
	d.timers = nil
	for _, one := range due {
		if one.d == wait && !one.stopped {
			fired++
			one.f()
		} else {
			d.timers = append(d.timers, one)
		}
	}
	return fired
}

// showMain shows the main window and waits for its first page.
func (d *desk) showMain() {
	d.t.Helper()
	d.ui.ShowMain()
	d.until("the first page", func() bool { return d.ui.main.list.stopLoad == nil })
}

// settings shows the settings window at a section.
func (d *desk) showSettings(section string) *settingsWindow {
	d.t.Helper()
	d.ui.ShowSettings(section)
	d.pump()
	return d.ui.settings
}

// visit walks what is visible below o, in drawing order, widgets included.
func visit(o fyne.CanvasObject, f func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	f(o)
	switch v := o.(type) {
	case *fyne.Container:
		for _, c := range v.Objects {
			visit(c, f)
		}
	case *container.Scroll:
		visit(v.Content, f)
	case *surface:
		visit(v.content, f)
	case *widget.Label, *widget.Button, *widget.Check, *widget.Select, *fieldEntry, *widget.Hyperlink:
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(v).Objects() {
			visit(c, f)
		}
	}
}

// texts lists every text that is visible below o.
func texts(o fyne.CanvasObject) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	visit(o, func(o fyne.CanvasObject) {
		switch v := o.(type) {
		case *widget.Label:
			add(v.Text)
		case *widget.Button:
			add(v.Text)
		case *widget.Check:
			add(v.Text)
		case *widget.Select:
			add(v.Selected)
		case *widget.Hyperlink:
			add(v.Text)
		case *fieldEntry:
			add(v.Text)
		}
	})
	return out
}

// windowObjects are the content of a window and what lies over it.
func windowObjects(w fyne.Window) []fyne.CanvasObject {
	return append([]fyne.CanvasObject{w.Content()}, w.Canvas().Overlays().List()...)
}

func (d *desk) allTexts() []string {
	var out []string
	for _, w := range d.app.Driver().AllWindows() {
		for _, o := range windowObjects(w) {
			out = append(out, texts(o)...)
		}
	}
	return out
}

// sees reports whether a visible text of o holds part.
func sees(o fyne.CanvasObject, part string) bool {
	return slices.ContainsFunc(texts(o), func(s string) bool { return strings.Contains(s, part) })
}

// wantText fails unless part is visible below o.
func (d *desk) wantText(o fyne.CanvasObject, part string) {
	d.t.Helper()
	if !sees(o, part) {
		d.t.Errorf("%q is not visible; got:\n%s", part, strings.Join(texts(o), "\n"))
	}
}

// wantNoText fails if part is visible below o.
func (d *desk) wantNoText(o fyne.CanvasObject, part string) {
	d.t.Helper()
	if sees(o, part) {
		d.t.Errorf("%q is visible; got:\n%s", part, strings.Join(texts(o), "\n"))
	}
}

// button finds the visible button with that text; nil when there is none.
func button(o fyne.CanvasObject, text string) *widget.Button {
	var found *widget.Button
	visit(o, func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && b.Text == text && found == nil {
			found = b
		}
	})
	return found
}

// tap taps the visible, enabled button with that text.
func (d *desk) tap(o fyne.CanvasObject, text string) {
	d.t.Helper()
	b := button(o, text)
	if b == nil {
		d.t.Fatalf("there is no button %q; got:\n%s", text, strings.Join(texts(o), "\n"))
	}
	if b.Disabled() {
		d.t.Fatalf("the button %q is disabled", text)
	}
	test.Tap(b)
}

// check finds the visible tick box with that text.
func (d *desk) check(o fyne.CanvasObject, text string) *widget.Check {
	d.t.Helper()
	var found *widget.Check
	visit(o, func(o fyne.CanvasObject) {
		if c, ok := o.(*widget.Check); ok && c.Text == text {
			found = c
		}
	})
	if found == nil {
		d.t.Fatalf("there is no tick box %q; got:\n%s", text, strings.Join(texts(o), "\n"))
	}
	return found
}

// entries lists the visible entries below o.
func entries(o fyne.CanvasObject) []*fieldEntry {
	var out []*fieldEntry
	visit(o, func(o fyne.CanvasObject) {
		if e, ok := o.(*fieldEntry); ok {
			out = append(out, e)
		}
	})
	return out
}

// pick chooses the item of the open menu of w.
func (d *desk) pick(w fyne.Window, item string) {
	d.t.Helper()
	var found fyne.Tappable
	visit(w.Canvas().Overlays().Top(), func(o fyne.CanvasObject) {
		if t, ok := o.(fyne.Tappable); ok && itemText(o) == item {
			found = t
		}
	})
	if found == nil {
		d.t.Fatalf("no open menu has the item %q", item)
	}
	found.Tapped(&fyne.PointEvent{})
}

// itemText is the text of a drawn menu item.
func itemText(o fyne.CanvasObject) string {
	w, ok := o.(fyne.Widget)
	if !ok {
		return ""
	}
	for _, part := range test.WidgetRenderer(w).Objects() {
		if t, ok := part.(*canvas.Text); ok && t.Text != "" {
			return t.Text
		}
	}
	return ""
}
