package webhooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// API is what the Executor asks of Vast.ai. *vastapi.Client is one. It is used
// by one goroutine at a time.
type API interface {
	Webhooks(ctx context.Context) ([]vastapi.Webhook, error)
	Create(ctx context.Context, w vastapi.NewWebhook) (vastapi.Created, error)
	Update(ctx context.Context, id int64, change vastapi.Change) (vastapi.Webhook, error)
	Delete(ctx context.Context, id int64) error
	RotateSecret(ctx context.Context, id int64) (vastapi.WebhookSecret, error)
}

// Secrets keeps webhook secrets by name. Get returns secrets.ErrNotFound, or an
// empty secret, when there is none; every other error means that it is not
// known. Set returns only when the secret is kept. A keyring is one.
type Secrets interface {
	Get(ctx context.Context, name string) (relay.Secret, error)
	Set(ctx context.Context, name string, s relay.Secret) error
	Delete(ctx context.Context, name string) error
}

// Gate is the receiver's side of the secrets. *intake.Verifier is one. It is
// told of a secret before anything reports that deliveries can come, and of a
// rotate before it is sent.
type Gate interface {
	Expect(role relay.Role)
	RotateStarted(role relay.Role)
	RotateEnded(role relay.Role)
	SecretLoaded(role relay.Role, s relay.Secret)
	Forget(role relay.Role)
}

// Options are the parts that an Executor drives; all but Logger are needed.
type Options struct {
	API     API
	Secrets Secrets
	Records File
	Gate    Gate
	Logger  *slog.Logger // nil: none
	// OnDamaged is told of records that were damaged, and whether they were
	// restored; nil: nobody is. It must return at once.
	OnDamaged func(*datadir.DamagedError)
}

// Executor brings the webhooks at Vast.ai to what they should be. Create it
// with New. It is safe for concurrent use; calls run one after the other.
type Executor struct {
	api   API
	vault Secrets
	file  File
	gate  Gate
	log   *slog.Logger

	onDamaged func(*datadir.DamagedError)

	// step is called at the points where a crash must be survived; tests crash
	// there.
	step func(point string)

	mu          sync.Mutex        // held for a whole call
	otherCopies atomic.Int32      // webhooks of other copies in the last listing
	unsaved     map[int64]unsaved // by webhook: secrets that could not be stored yet
}

// unsaved is a secret that is valid and could not be stored, with the time of its
// intent on disk. Once the intent on disk is another or gone, the secret was
// rotated again, and this one is not valid any more.
type unsaved struct {
	secret relay.Secret
	since  time.Time
}

// New returns an Executor.
func New(o Options) *Executor {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	onDamaged := o.OnDamaged
	if onDamaged == nil {
		onDamaged = func(*datadir.DamagedError) {}
	}
	return &Executor{
		onDamaged: onDamaged,
		api:       o.API, vault: o.Secrets, file: o.Records, gate: o.Gate, log: log,
		step: func(string) {}, unsaved: make(map[int64]unsaved),
	}
}

// Result is a webhook of ours that is as it should be.
type Result struct {
	Role    relay.Role
	ID      int64
	URL     string
	Types   []string
	Changed bool // something was created, updated or rotated for it
	Edit    Edit // what somebody changed of it and a person has not settled yet
}

// ErrChoose means that the account has as many webhooks as it may have, none of
// them ours: a person must choose one to Replace, or delete one.
type ErrChoose struct {
	Role     relay.Role
	Webhooks []vastapi.Webhook // what there is to choose from
}

// Error implements error.
func (e *ErrChoose) Error() string {
	return fmt.Sprintf("make the %s webhook: the account has %d others, which is the limit", e.Role, len(e.Webhooks))
}

// ErrURLTaken means that Vast.ai has a webhook with our address which this
// account does not list.
type ErrURLTaken struct {
	Role relay.Role
	Err  error // Vast.ai's answer
}

// Error implements error.
func (e *ErrURLTaken) Error() string {
	return fmt.Sprintf("give the %s webhook our address: a webhook that is not listed has it", e.Role)
}

// Unwrap returns Vast.ai's answer, of class vastapi.URLTaken.
func (e *ErrURLTaken) Unwrap() error { return e.Err }

// OtherCopies returns how many webhooks of other copies of this program the account
// had when Ensure last looked: each of them is delivered every event, too.
func (e *Executor) OtherCopies() int { return int(e.otherCopies.Load()) }

// maxRounds bounds how often Ensure lists the webhooks: it does so again after a
// call whose outcome is not known, or that found them changed.
const maxRounds = 3

// Ensure brings the webhooks to what is desired, at most one per role, and
// removes those of roles that are not. It returns the webhooks that are as
// they should be, in the order of desired, also beside an error; the error
// joins what went wrong with the others: an *ErrChoose, an *ErrURLTaken, a
// *vastapi.Error, or what the keyring or the disk said. The gate knows the
// stored secrets before the first call leaves, so that deliveries are taken
// while Vast.ai's API is away.
func (e *Executor) Ensure(ctx context.Context, desired []Desired) ([]Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := make(map[relay.Role]bool)
	before := make(map[relay.Role]error)
	for round := 1; ; round++ {
		results, failed, err := e.round(ctx, desired, changed, before)
		if err != nil {
			return results, err
		}
		if len(failed) == 0 {
			return results, nil
		}
		if round == maxRounds || ctx.Err() != nil || !slices.ContainsFunc(slices.Collect(maps.Values(failed)), lookAgain) {
			return results, join(desired, failed)
		}
		before = failed
	}
}

// Recall tells the gate of the webhooks on record and their secrets, without a call
// to Vast.ai. Call it before the public address opens: Vast.ai takes the answer to
// an unknown path as final, so deliveries before the first Ensure would be lost. The
// error is that of the keyring or the disk.
func (e *Executor) Recall(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, err := e.load()
	if err != nil {
		return err
	}
	recorded := make([]Desired, 0, len(records))
	for role, r := range records {
		if known(role) && !r.stored(false).onlyReleased() {
			recorded = append(recorded, Desired{Role: role})
		}
	}
	_, err = e.recall(ctx, recorded, records)
	return err
}

// lookAgain reports whether the webhooks must be listed once more after err.
func lookAgain(err error) bool {
	if _, settled := errors.AsType[*ErrURLTaken](err); settled {
		return false
	}
	switch vastapi.ClassOf(err) {
	case vastapi.WebhookGone, vastapi.URLTaken, vastapi.LimitReached:
		return true
	default:
		return vastapi.Unclear(err)
	}
}

// join returns the failures in the order of desired, then all others.
func join(desired []Desired, failed map[relay.Role]error) error {
	var errs []error
	for _, d := range desired {
		errs = append(errs, failed[d.Role])
	}
	for _, role := range slices.Sorted(maps.Keys(failed)) {
		if !slices.ContainsFunc(desired, func(d Desired) bool { return d.Role == role }) {
			errs = append(errs, failed[role])
		}
	}
	return errors.Join(errs...)
}

// round lists the webhooks once and does what the plan says. failed holds the error
// of each role; err means that there was no listing or no plan.
func (e *Executor) round(ctx context.Context, desired []Desired, changed map[relay.Role]bool, before map[relay.Role]error) (results []Result, failed map[relay.Role]error, err error) {
	records, err := e.load()
	if err != nil {
		return nil, nil, err
	}
	stored, err := e.recall(ctx, desired, records)
	if err != nil {
		return nil, nil, err
	}
	listed, err := e.api.Webhooks(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look at the webhooks at Vast.ai: %w", err)
	}
	noteArrived(records, listed)
	desired = resolve(desired, listed, stored)
	byRole := make(map[relay.Role]Desired, len(desired))
	for _, d := range desired {
		byRole[d.Role] = d
	}
	failed = make(map[relay.Role]error)
	ids := make(map[relay.Role]int64)
	e.otherCopies.Store(int32(countOtherCopies(listed, desired))) //nolint:gosec // Vast.ai lists a handful.
	edits := make(map[relay.Role]Edit)
	for _, a := range Plan(desired, listed, stored) {
		if failed[a.Role] != nil {
			continue
		}
		id, err := e.carryOut(ctx, records, byRole[a.Role], a, before[a.Role])
		if err != nil {
			failed[a.Role] = err
			continue
		}
		ids[a.Role] = id
		edits[a.Role] = a.Edit
		changed[a.Role] = changed[a.Role] || a.Kind != Keep && a.Kind != Edited
	}
	for _, d := range desired {
		if failed[d.Role] == nil {
			failed[d.Role] = e.recordWebhook(records, d, ids[d.Role], edits[d.Role])
		}
		if failed[d.Role] == nil {
			delete(failed, d.Role)
			types := d.Types
			if edited := edits[d.Role].Types; edited != nil {
				types = edited
			}
			results = append(results, Result{
				Role: d.Role, ID: ids[d.Role], URL: d.URL, Types: slices.Clone(types), Changed: changed[d.Role], Edit: edits[d.Role],
			})
		}
	}
	return results, failed, nil
}

// carryOut does one action and returns the id of the role's webhook. before is the
// role's error in the round before.
func (e *Executor) carryOut(ctx context.Context, records Records, d Desired, a Action, before error) (int64, error) {
	switch a.Kind {
	case Create:
		if err := finalRefusal(d, before); err != nil {
			return 0, err
		}
		return e.create(ctx, records, d)
	case Rotate:
		return a.ID, e.rotate(ctx, records, d, a.ID)
	case Update:
		if err := finalRefusal(d, before); err != nil && a.Change.URL != nil {
			return 0, err
		}
		return a.ID, e.update(ctx, records, d, a.ID, a.Change)
	case Delete:
		return 0, e.deleteWebhook(ctx, a.ID)
	case Forget:
		return 0, e.forgetRole(ctx, records, a.Role, a.ID)
	case Edited:
		if a.Edit.URL != nil {
			return 0, &ErrEdited{Role: a.Role, ID: a.ID, Edit: a.Edit}
		}
		return a.ID, nil
	case Choose:
		return 0, &ErrChoose{Role: a.Role, Webhooks: a.Foreign}
	default:
		return a.ID, nil
	}
}

// finalRefusal returns the error to give up with where Vast.ai refused the same in
// the round before, although the webhooks were listed since; nil where it did not.
func finalRefusal(d Desired, before error) error {
	switch vastapi.ClassOf(before) {
	case vastapi.URLTaken:
		return &ErrURLTaken{Role: d.Role, Err: before}
	case vastapi.LimitReached:
		// Fewer are listed than the limit: the account may belong to a team
		// whose webhooks this key does not show.
		return before
	default:
		return nil
	}
}

// recall reads the secrets of the records and tells the gate of them. A keyring
// that cannot be read is an error, not a missing secret: rotating would not help.
func (e *Executor) recall(ctx context.Context, desired []Desired, records Records) (map[relay.Role]Stored, error) {
	stored := make(map[relay.Role]Stored, len(records))
	for role, r := range records {
		if !known(role) {
			continue
		}
		stored[role] = r.stored(false)
	}
	for _, d := range desired {
		r, recorded := records[d.Role]
		if !recorded {
			continue
		}
		if u, waiting := e.unsaved[r.ID]; waiting && r.Intent != nil && r.Intent.At.Equal(u.since) {
			if err := e.keepSecret(ctx, records, d, r.ID, u.secret); err != nil {
				return nil, err
			}
			r = records[d.Role]
		}
		has, err := e.tellGate(ctx, d.Role, r)
		if err != nil {
			return nil, err
		}
		stored[d.Role] = r.stored(has)
	}
	return stored, nil
}

// tellGate tells the gate what is known of a record's secret and reports whether
// there is one.
func (e *Executor) tellGate(ctx context.Context, role relay.Role, r Record) (has bool, err error) {
	e.gate.Expect(role)
	if r.Intent != nil {
		// The secret may not be valid any more: until the rotate that follows, the
		// gate answers mismatches with "try again". SecretLoaded below ends that, so
		// it is said again after it. It is said here too, so that there is no moment
		// between Expect and SecretLoaded in which it does not hold.
		e.gate.RotateStarted(role)
	}
	if r.ID == 0 {
		return false, nil
	}
	secret, err := e.vault.Get(ctx, secrets.WebhookSecret(r.ID))
	switch {
	case errors.Is(err, secrets.ErrNotFound):
		if _, damaged := errors.AsType[*secrets.DamagedError](err); damaged {
			e.log.Warn("a stored webhook secret is damaged; it is renewed", "role", string(role), "err", err)
		}
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read the webhook secret: %w", err)
	case secret.Empty():
		return false, nil
	}
	e.gate.SecretLoaded(role, secret)
	if r.Intent != nil {
		e.gate.RotateStarted(role)
	}
	return true, nil
}

// recordWebhook records how a webhook was left: as desired, except for what somebody
// else changed.
func (e *Executor) recordWebhook(records Records, d Desired, id int64, edit Edit) error {
	before := records[d.Role]
	r := before
	r.ID, r.URL, r.Sent = id, d.URL, nil
	if edit.Types == nil {
		r.Types = d.Types
	}
	if r.Name == "" {
		r.Name = d.Name
	}
	if before.ID == r.ID && before.URL == r.URL && slices.Equal(before.Types, r.Types) && before.Name == r.Name && before.Sent == nil {
		return nil
	}
	return e.save(records, d.Role, r)
}

// save writes the records with r for role. It changes records only after that.
func (e *Executor) save(records Records, role relay.Role, r Record) error {
	next := maps.Clone(records)
	next[role] = r
	if err := e.file.Save(next); err != nil {
		return fmt.Errorf("write the webhook records: %w", err)
	}
	records[role] = r
	return nil
}

// ChannelsOff returns the keys of the types for which the webhook channel is
// switched off in the preferences: subscribed, they still do not arrive. Types
// that the preferences do not mention are left out.
func ChannelsOff(p vastapi.Preferences, results []Result) []string {
	var off []string
	for _, r := range results {
		for _, key := range r.Types {
			if on, known := p.Webhooks(key); known && !on {
				off = append(off, key)
			}
		}
	}
	return off
}
