package bridge

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// account is the Vast.ai account of the key in use. Its fields above mu belong to
// the loop.
type account struct {
	core  *core
	clock *clockWatch

	key     relay.Secret
	api     checks.API
	owner   vastapi.Account // zero until the key is proven
	doubted bool            // the computer has slept since the key was proven: its clock may have been set

	disputed bool // a check of a hop says otherwise than the status: the key is proven anew, whatever the link does

	mu    sync.Mutex
	hooks WebhookManager // nil before the first key, as is edits
	edits WebhookEditor
}

// use makes the API client and what drives the webhooks anew when the key
// changed. It calls nobody.
func (a *account) use(key relay.Secret) (news bool, err error) {
	if a.api != nil && a.key == key {
		return false, nil
	}
	api, err := a.core.o.Factories.API(key)
	if err != nil {
		return false, checks.NotAKey(err)
	}
	a.key, a.api, a.owner = key, api, vastapi.Account{}
	a.mu.Lock()
	a.hooks, a.edits = a.core.o.Factories.Webhooks(api)
	a.mu.Unlock()
	return true, nil
}

// prove proves a key that has not been yet, or is disputed.
func (a *account) prove(ctx context.Context) error {
	if a.owner.ID != 0 && !a.disputed {
		return nil
	}
	a.core.board.working(health.HopVast, words.New("hop.vast.asking"))
	return a.check(ctx)
}

// check proves the key and measures the clock.
func (a *account) check(ctx context.Context) error {
	began := time.Now()
	owner, err := a.api.WhoAmI(ctx)
	if err != nil {
		return err
	}
	a.owner, a.doubted, a.disputed = owner, false, false
	who := checks.AccountName(owner)
	detail := words.New("hop.vast.proven", words.Args{"Owner": who})
	if offset, at := a.api.ClockOffset(); !at.Before(began) { // else this answer did not say the time
		a.core.o.Receiving.Clock.Note(relay.WitnessVast, offset)
	}
	a.clock.measureSoon() // it is measured by the other witnesses too
	a.clock.note()
	detail = health.Paragraph(detail, checks.ClockDetail(a.core.o.Receiving.Clock.State()))
	a.core.notes.Checked(credentials.VastKey, who)
	a.core.board.setHop(health.Hop{Name: health.HopVast, State: health.HopOK, Detail: detail})
	return nil
}

// client makes an API client of its own for a call on the person's behalf, so that
// it never waits for the loop's.
func (a *account) client(ctx context.Context) (checks.API, error) {
	key, err := a.core.credentials.Read(ctx, credentials.VastKey)
	if err != nil {
		return nil, checks.KeyringProblem(err)
	}
	if key.Secret.Empty() {
		return nil, health.New(health.VastKeyMissing)
	}
	api, err := a.core.o.Factories.API(key.Secret)
	if err != nil {
		return nil, checks.NotAKey(err)
	}
	return api, nil
}

// alone reports whether no other copy of this program relays the same events,
// as far as is known. Two copies that fold would each name an event in a
// digest of other members, which no id can tell for the same.
func (a *account) alone() bool {
	hooks := a.webhooks()
	return hooks == nil || hooks.OtherCopies() == 0
}

// webhooks returns what keeps the webhooks, nil before the first key.
func (a *account) webhooks() WebhookManager {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hooks
}

// editor returns what changes webhooks by a person's word, nil before the first
// key.
func (a *account) editor() WebhookEditor {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.edits
}
