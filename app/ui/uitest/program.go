package uitest

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
	"vastrelay/app/messages"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// Program plays the program. Fields are read from any goroutine under mu;
// the functions replace what a method does.
type Program struct {
	Mu         sync.Mutex
	State      status.Status
	Rows       []relay.Summary
	Details    map[string]relay.Detail
	Stored     []credentials.Credential
	KeyringNow credentials.KeyringState
	InForce    config.Settings
	Messages   []status.DemoMessage
	Known      status.Catalogue
	Hours      []int // the activity: events of the last hours, oldest first
	Missed     status.Gaps
	AtLogin    Login   // settings.Login
	Reports    Reports // settings.Reporter
	Notifier   Banners // settings.Banners
	Ran        LastRun // notes.LastRun
	News       Updates // ui.Updates and settings.Updates
	File       Restarter
	Way        Proxy // settings.Proxy
	Watchers   map[int]func(status.Change)
	Calls      []string

	OnEvents           func(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	OnEvent            func(ctx context.Context, id string) (relay.Detail, error)
	OnMarkRead         func() error // of one event, several or all
	OnActivity         func(ctx context.Context, bounds []time.Time) ([]relay.Activity, error)
	OnResend           func(ctx context.Context) (int, error) // all three ways to post again
	OnPerform          func(ctx context.Context, a health.Action) error
	OnTest             func(ctx context.Context, report func(health.Step)) error
	OnSaveCredential   func(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error
	OnChangeSettings   func(ctx context.Context, s config.Settings) error
	OnForeign          func(ctx context.Context) ([]status.Webhook, error)
	OnReplace          func(ctx context.Context, id int64) error
	OnSettle           func(ctx context.Context) error // of what was changed at Vast.ai
	OnExamine          func(ctx context.Context, report func(health.Step)) (health.Report, error)
	OnCleanUp          func(ctx context.Context, report func(health.Step)) error
	OnCatalogue        func(ctx context.Context) (status.Catalogue, error)
	OnStartDemo        func() error
	OnCatchUp          func(ctx context.Context) (status.CatchUp, error)
	OnExport           func(ctx context.Context, path string, progress func(done, total int)) error
	OnRemoveCredential func(ctx context.Context, kind credentials.Kind) error

	OnKeyring func() // as long as it lasts, the keyring has not answered
}

// Note records a call; called answers whether and how often it came.
func (b *Program) Note(format string, args ...any) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.Calls = append(b.Calls, fmt.Sprintf(format, args...))
}

// Called counts the calls whose note begins with prefix.
func (b *Program) Called(prefix string) int {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	n := 0
	for _, c := range b.Calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

// Status is that of ui.Watcher.
func (b *Program) Status() status.Status {
	b.Note("Status")
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return b.State
}

// Watch is that of ui.Watcher.
func (b *Program) Watch(changed func(status.Change)) func() {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	if b.Watchers == nil {
		b.Watchers = make(map[int]func(status.Change))
	}
	id := len(b.Watchers)
	b.Watchers[id] = changed
	return func() {
		b.Mu.Lock()
		defer b.Mu.Unlock()
		delete(b.Watchers, id)
	}
}

// Emit tells every watcher that everything may be new.
func (b *Program) Emit() { b.EmitChange(status.Everything) }

// EmitChange tells every watcher the news.
func (b *Program) EmitChange(news status.Change) {
	b.Mu.Lock()
	var all []func(status.Change)
	for _, f := range b.Watchers {
		all = append(all, f)
	}
	b.Mu.Unlock()
	for _, f := range all {
		f(news)
	}
}

// Gaps is that of settings.Gaps.
func (b *Program) Gaps() status.Gaps {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return b.Missed
}

// CatchUp is that of settings.Gaps.
func (b *Program) CatchUp(ctx context.Context) (status.CatchUp, error) {
	b.Note("CatchUp")
	if b.OnCatchUp != nil {
		return b.OnCatchUp(ctx)
	}
	return status.CatchUp{}, nil
}

// Export is that of settings.Exporter.
func (b *Program) Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error {
	b.Note("Export %s %+v", path, q)
	if b.OnExport != nil {
		return b.OnExport(ctx, path, progress)
	}
	return nil
}

// Events pages through rows the way a store does: newest first, by time and id.
func (b *Program) Events(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
	b.Note("Events search=%q type=%q fate=%q limit=%d before=%q", q.Search, q.Type, q.Fate, q.Limit, q.BeforeID)
	if b.OnEvents != nil {
		return b.OnEvents(ctx, q)
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	var out []relay.Summary
	for _, r := range b.Rows {
		if onPage(r, q) && (q.Type == "" || q.Type == r.Type) && (q.Fate == "" || q.Fate == r.Fate) &&
			strings.Contains(strings.ToLower(r.Title), strings.ToLower(q.Search)) {
			out = append(out, r)
		}
	}
	if !q.AfterTime.IsZero() {
		return out[max(len(out)-q.Limit, 0):], nil
	}
	return out[:min(len(out), q.Limit)], nil
}

// onPage reports whether r lies within the bounds of the page that q asks for.
func onPage(r relay.Summary, q relay.Query) bool {
	older := q.BeforeTime.IsZero() || r.ReceivedAt.Before(q.BeforeTime) || r.ReceivedAt.Equal(q.BeforeTime) && r.ID < q.BeforeID
	newer := q.AfterTime.IsZero() || r.ReceivedAt.After(q.AfterTime) || r.ReceivedAt.Equal(q.AfterTime) && r.ID > q.AfterID
	within := !r.ReceivedAt.Before(q.Since) && (q.Until.IsZero() || r.ReceivedAt.Before(q.Until))
	return older && newer && within
}

// Unread is that of events.History.
func (b *Program) Unread(context.Context) (int, error) {
	b.Note("Unread")
	b.Mu.Lock()
	defer b.Mu.Unlock()
	n := 0
	for _, r := range b.Rows {
		if r.Unread {
			n++
		}
	}
	return n, nil
}

// MarkRead is that of events.History.
func (b *Program) MarkRead(_ context.Context, ids ...string) error {
	b.Note("MarkRead %s", strings.Join(ids, ","))
	return b.markRead(func(r relay.Summary) bool { return slices.Contains(ids, r.ID) })
}

// MarkAllRead is that of events.History.
func (b *Program) MarkAllRead(context.Context) error {
	b.Note("MarkAllRead")
	return b.markRead(func(relay.Summary) bool { return true })
}

func (b *Program) markRead(is func(relay.Summary) bool) error {
	if b.OnMarkRead != nil {
		if err := b.OnMarkRead(); err != nil {
			return err
		}
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.Rows = slices.Clone(b.Rows)
	for i := range b.Rows {
		b.Rows[i].Unread = b.Rows[i].Unread && !is(b.Rows[i])
	}
	return nil
}

// Event is that of events.History.
func (b *Program) Event(ctx context.Context, id string) (relay.Detail, error) {
	b.Note("Event %s", id)
	if b.OnEvent != nil {
		return b.OnEvent(ctx, id)
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	d, ok := b.Details[id]
	if !ok {
		return relay.Detail{}, relay.ErrNotFound
	}
	return d, nil
}

// Activity is that of events.History: the last stretches count what Hours says, of which
// every ninth event was given up.
func (b *Program) Activity(ctx context.Context, bounds []time.Time) ([]relay.Activity, error) {
	b.Note("Activity %d", len(bounds)-1)
	if b.OnActivity != nil {
		return b.OnActivity(ctx, bounds)
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	counts := make([]relay.Activity, len(bounds)-1)
	for i := range counts {
		if at := len(b.Hours) - len(counts) + i; at >= 0 {
			counts[i] = relay.Activity{Total: b.Hours[at], Failed: b.Hours[at] / 9}
		}
	}
	return counts, nil
}

// Period is that of activity.Periods.
func (b *Program) Period() config.Period { return b.Settings().General.PeriodOrDefault() }

// SetPeriod is that of activity.Periods.
func (b *Program) SetPeriod(ctx context.Context, p config.Period) error {
	return b.ChangeSettings(ctx, func(s *config.Settings) { s.General.Activity = p })
}

// Resend is that of events.Resender.
func (b *Program) Resend(ctx context.Context, ids ...string) (int, error) {
	b.Note("Resend %s", strings.Join(ids, ","))
	if b.OnResend != nil {
		return b.OnResend(ctx)
	}
	return len(ids), nil
}

// ResendDead is that of events.Resender.
func (b *Program) ResendDead(ctx context.Context) (int, error) {
	b.Note("ResendDead")
	if b.OnResend != nil {
		return b.OnResend(ctx)
	}
	return 1, nil
}

// PostAnyway is that of events.Resender.
func (b *Program) PostAnyway(ctx context.Context, id string) error {
	b.Note("PostAnyway %s", id)
	if b.OnResend != nil {
		_, err := b.OnResend(ctx)
		return err
	}
	return nil
}

// Perform is that of ui.Controls.
func (b *Program) Perform(ctx context.Context, a health.Action) error {
	b.Note("Perform %s", a)
	if b.OnPerform != nil {
		return b.OnPerform(ctx, a)
	}
	return nil
}

// Pause is that of ui.Controls.
func (b *Program) Pause(_ context.Context, until time.Time) error {
	b.Note("Pause %s", until.Format(time.RFC3339))
	return nil
}

// Resume is that of ui.Controls.
func (b *Program) Resume(_ context.Context, keep bool) error {
	b.Note("Resume keep=%v", keep)
	return nil
}

// TestFromVast is that of ui.Tests.
func (b *Program) TestFromVast(ctx context.Context, report func(health.Step)) error {
	b.Note("TestFromVast")
	if b.OnTest != nil {
		return b.OnTest(ctx, report)
	}
	return nil
}

// TestToChat is that of ui.Tests.
func (b *Program) TestToChat(ctx context.Context, report func(health.Step)) error {
	b.Note("TestToChat")
	if b.OnTest != nil {
		return b.OnTest(ctx, report)
	}
	return nil
}

// Keyring is that of cards.Keeper.
func (b *Program) Keyring() credentials.KeyringState {
	if b.OnKeyring != nil {
		b.OnKeyring()
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return b.KeyringNow
}

// Credentials is that of cards.Keeper.
func (b *Program) Credentials() []credentials.Credential {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return slices.Clone(b.Stored)
}

// SaveCredential is that of cards.Keeper.
func (b *Program) SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
	b.Note("SaveCredential %s", kind)
	if b.OnSaveCredential != nil {
		return b.OnSaveCredential(ctx, kind, pasted, report)
	}
	return nil
}

// RemoveCredential is that of cards.Keeper.
func (b *Program) RemoveCredential(ctx context.Context, kind credentials.Kind) error {
	b.Note("RemoveCredential %s", kind)
	if b.OnRemoveCredential != nil {
		return b.OnRemoveCredential(ctx, kind)
	}
	return nil
}

// Catalogue is that of settings.Types.
func (b *Program) Catalogue(ctx context.Context) (status.Catalogue, error) {
	b.Note("Catalogue")
	if b.OnCatalogue != nil {
		return b.OnCatalogue(ctx)
	}
	return b.Known, nil
}

// Settings is that of settings.Store.
func (b *Program) Settings() config.Settings {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return b.InForce
}

// ChangeSettings is that of settings.Store.
func (b *Program) ChangeSettings(ctx context.Context, change func(*config.Settings)) error {
	b.Note("ChangeSettings")
	s := b.Settings()
	change(&s)
	if b.OnChangeSettings != nil {
		if err := b.OnChangeSettings(ctx, s); err != nil {
			return err
		}
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.InForce = s
	return nil
}

// Rename is that of cards.Deps.
func (b *Program) Rename(ctx context.Context, label string) error {
	return b.ChangeSettings(ctx, func(s *config.Settings) { s.Label = label })
}

// ForeignWebhooks is that of webhooks.Manager.
func (b *Program) ForeignWebhooks(ctx context.Context) ([]status.Webhook, error) {
	b.Note("ForeignWebhooks")
	if b.OnForeign != nil {
		return b.OnForeign(ctx)
	}
	return nil, nil
}

// CleanUp is that of settings.Cleaner.
func (b *Program) CleanUp(ctx context.Context, secrets, data bool, report func(health.Step)) error {
	b.Note("CleanUp secrets=%v data=%v", secrets, data)
	if b.OnCleanUp != nil {
		return b.OnCleanUp(ctx, report)
	}
	return nil
}

// Examine is that of ui.Doctor.
func (b *Program) Examine(ctx context.Context, report func(health.Step)) (health.Report, error) {
	b.Note("Examine")
	if b.OnExamine != nil {
		return b.OnExamine(ctx, report)
	}
	return health.Report{}, nil
}

// Text is that of ui.Doctor.
func (b *Program) Text(r health.Report) string { return r.Text("about") }

// RestoreOurs is that of webhooks.Manager.
func (b *Program) RestoreOurs(ctx context.Context) error { return b.settle(ctx, "RestoreOurs") }

// TakeTheirs is that of webhooks.Manager.
func (b *Program) TakeTheirs(ctx context.Context) error { return b.settle(ctx, "TakeTheirs") }

func (b *Program) settle(ctx context.Context, call string) error {
	b.Note("%s", call)
	if b.OnSettle != nil {
		return b.OnSettle(ctx)
	}
	return nil
}

// ReplaceWebhook is that of webhooks.Manager.
func (b *Program) ReplaceWebhook(ctx context.Context, id int64, keepEvents bool) error {
	b.Note("ReplaceWebhook %d keep=%v", id, keepEvents)
	if b.OnReplace != nil {
		return b.OnReplace(ctx, id)
	}
	return nil
}

// StartDemo is that of ui.Demo.
func (b *Program) StartDemo() error {
	b.Note("StartDemo")
	if b.OnStartDemo != nil {
		return b.OnStartDemo()
	}
	return nil
}

// DemoSpace is that of ui.Demo.
func (b *Program) DemoSpace() []status.DemoMessage {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	return slices.Clone(b.Messages)
}

// SendDemoEvent is that of ui.Demo.
func (b *Program) SendDemoEvent(context.Context) error {
	b.Note("SendDemoEvent")
	if !b.State.Demo {
		return errors.New("not a demo")
	}
	return nil
}

// Preview is that of ui.Messages: what Google Chat would show, with times in UTC.
func (b *Program) Preview(ev relay.Event, form relay.Rung) relay.Preview {
	sender := googlechat.New(googlechat.Options{Location: time.UTC, Words: func() googlechat.Words {
		return messages.Chosen(b.Settings().General.ChatLanguage)
	}})
	defer sender.Close()
	return sender.Preview(ev, form)
}

// Become puts the program into that phase and says so.
func (b *Program) Become(p status.Phase) {
	b.Mu.Lock()
	b.State = PhaseStatus(p)
	b.Mu.Unlock()
	b.Emit()
}

// Give lets the program have that credential from now on.
func (b *Program) Give(kind credentials.Kind) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	for i, c := range Credentials() {
		if c.Kind == kind {
			b.Stored[i] = c
		}
	}
}
