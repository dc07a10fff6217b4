package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// fakeBackend plays the program. Fields are read from any goroutine under mu;
// the functions replace what a method does.
type fakeBackend struct {
	mu          sync.Mutex
	status      status.Status
	rows        []relay.Summary
	details     map[string]relay.Detail
	credentials []credentials.Credential
	keyring     credentials.KeyringState
	settings    config.Settings
	space       []status.DemoMessage
	catalogue   status.Catalogue
	hours       []int // the activity
	watchers    map[int]func()
	calls       []string

	events   func(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	event    func(ctx context.Context, id string) (relay.Detail, error)
	activity func(ctx context.Context) ([]int, error)
	resend   func(ctx context.Context) (int, error) // all three ways to post again
	perform  func(ctx context.Context, a health.Action) error
	test     func(ctx context.Context, report func(health.Step)) error
	saveCred func(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error
	saveSet  func(ctx context.Context, s config.Settings) error
	foreign  func(ctx context.Context) ([]status.Webhook, error)
	replace  func(ctx context.Context, id int64) error
	list     func(ctx context.Context) (status.Catalogue, error)
	demo     func() error
	export   func(ctx context.Context, path string, progress func(done, total int)) error

	lookAtKeyring func() // as long as it lasts, the keyring has not answered
}

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

func (b *fakeBackend) Status() status.Status {
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

func (b *fakeBackend) Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error {
	b.note("Export %s %+v", path, q)
	if b.export != nil {
		return b.export(ctx, path, progress)
	}
	return nil
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

func (b *fakeBackend) Activity(ctx context.Context) ([]int, error) {
	b.note("Activity")
	if b.activity != nil {
		return b.activity(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.hours), nil
}

func (b *fakeBackend) Resend(ctx context.Context, ids ...string) (int, error) {
	b.note("Resend %s", strings.Join(ids, ","))
	if b.resend != nil {
		return b.resend(ctx)
	}
	return len(ids), nil
}

func (b *fakeBackend) ResendDead(ctx context.Context) (int, error) {
	b.note("ResendDead")
	if b.resend != nil {
		return b.resend(ctx)
	}
	return 1, nil
}

func (b *fakeBackend) PostAnyway(ctx context.Context, id string) error {
	b.note("PostAnyway %s", id)
	if b.resend != nil {
		_, err := b.resend(ctx)
		return err
	}
	return nil
}

func (b *fakeBackend) Perform(ctx context.Context, a health.Action) error {
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

func (b *fakeBackend) TestFromVast(ctx context.Context, report func(health.Step)) error {
	b.note("TestFromVast")
	if b.test != nil {
		return b.test(ctx, report)
	}
	return nil
}

func (b *fakeBackend) TestToChat(ctx context.Context, report func(health.Step)) error {
	b.note("TestToChat")
	if b.test != nil {
		return b.test(ctx, report)
	}
	return nil
}

func (b *fakeBackend) Keyring() credentials.KeyringState {
	if b.lookAtKeyring != nil {
		b.lookAtKeyring()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keyring
}

func (b *fakeBackend) Credentials() []credentials.Credential {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.credentials)
}

func (b *fakeBackend) SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
	b.note("SaveCredential %s", kind)
	if b.saveCred != nil {
		return b.saveCred(ctx, kind, pasted, report)
	}
	return nil
}

func (b *fakeBackend) RemoveCredential(_ context.Context, kind credentials.Kind) error {
	b.note("RemoveCredential %s", kind)
	return nil
}

func (b *fakeBackend) Catalogue(ctx context.Context) (status.Catalogue, error) {
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

func (b *fakeBackend) ForeignWebhooks(ctx context.Context) ([]status.Webhook, error) {
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

func (b *fakeBackend) DemoSpace() []status.DemoMessage {
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
