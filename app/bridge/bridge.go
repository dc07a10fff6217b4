package bridge

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"vastrelay/app/bridge/counts"
	"vastrelay/app/bridge/passes"
	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/proofs"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/intake"
)

// Options are the parts that a Bridge orders. Every field is required unless
// its comment says otherwise.
type Options struct {
	Credentials *credentials.Store
	Vault       credentials.Vault // for the secrets of the webhooks
	Keyring     Keyring           // nil: there is none, and Vault forgets with this run or is sealed in a file
	Settings    Settings
	Proofs      proofs.File // nil: what was proven is forgotten with this run
	Factories   Factories
	Prober      Prober
	Receiving   Receiving
	Posting     Posting
	Heartbeat   Heartbeat

	Host      string   // this computer's name, for the webhook's name
	Overrides []string // environment overrides in force, to be shown
	Demo      bool
	Logger    *slog.Logger // nil: silence
}

// Receiving are the parts that deliveries arrive at.
type Receiving struct {
	Handler http.Handler // the receiver; the tunnel serves it
	Gate    Gate
	Clock   Clock // nil: this computer's own time is taken for right
}

// Posting are the parts that carry events to Google Chat.
type Posting struct {
	Destinations Destinations
	Queue        Queue
	Pauser       Pauser
	Chat         checks.Chat
	Tally        counts.Tally // for the second line of the header
}

// Bridge brings the parts up in order, keeps them up, and publishes Status.
type Bridge struct {
	core    *core
	account *account
	address *address
	chat    *chatWatch
	clock   *clockWatch
	keyring *keyringWatch
	loop    *loop

	// changing makes credential changes and choices of the person wait for each
	// other; the loop never holds it.
	changing sync.Mutex
	askedURL relay.Secret // under changing: the URL that a person was asked about
	testing  sync.Mutex   // held while a test is under way
}

// New returns a Bridge that does nothing until Run.
func New(o Options) *Bridge {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Receiving.Clock == nil {
		o.Receiving.Clock = intake.NewClock()
	}
	notes := &credentials.Notes{}
	c := &core{
		o: &o, log: o.Logger, board: newBoard(&o, notes), requests: passes.New(), notes: notes,
		credentials: o.Credentials,
		proofs:      &proofs.Book{File: o.Proofs, Log: o.Logger}, tests: &checks.TestWatch{}, suspects: &checks.Suspects{Gate: o.Receiving.Gate},
	}
	b := &Bridge{
		core:    c,
		address: &address{core: c},
		chat:    newChatWatch(c),
		clock:   &clockWatch{core: c, measure: make(chan struct{}, 1)},
		keyring: &keyringWatch{core: c, look: make(chan struct{}, 1)},
	}
	b.account = &account{core: c, clock: b.clock}
	b.loop = &loop{
		core: c, account: b.account, address: b.address, chat: b.chat, keyring: b.keyring,
		prover: &prover{core: c, account: b.account, address: b.address},
	}
	return b
}

// Status returns the current snapshot. It never blocks.
func (b *Bridge) Status() status.Status { return b.core.board.status() }

// Watch calls changed, from any goroutine, after each change of the status, of
// the events or of what is known of the credentials, and says which. changed must
// return fast and must not call the Bridge's blocking methods. stop ends it and
// may be called more than once.
func (b *Bridge) Watch(changed func(status.Change)) (stop func()) { return b.core.board.watch(changed) }

// Reports returns what the other parts of the program report to.
func (b *Bridge) Reports() Reports { return Reports{b} }

// Run works until ctx ends and then returns nil after everything it started
// has ended, the public address included.
func (b *Bridge) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { b.chat.counts.Run(ctx) })
	group.Go(func() { b.keyring.run(ctx) })
	if b.core.o.Keyring != nil {
		group.Go(func() { b.keyring.follow(ctx) })
	}
	group.Go(func() { b.clock.run(ctx) })
	// Closing the address takes its time, and the pass under way may as well: a
	// new secret is still stored. Together they must not take longer.
	stop := context.AfterFunc(ctx, b.address.letGo)
	defer stop()
	b.loop.run(ctx)
	b.address.stop()
	b.address.endReplaced()
	group.Wait()
	b.core.board.update(func(in *status.Input) { in.Stopped = true })
	return nil
}

// Ended is nil until Run has ended, and then says that nothing can be done in
// this run any more: a window may stand a moment longer than the program.
func (b *Bridge) Ended() error {
	if !b.core.board.stopped() {
		return nil
	}
	return health.New(health.HasStopped)
}

// Credentials describes the credentials, in order.
func (b *Bridge) Credentials() []credentials.Credential { return b.core.notes.All() }

// Keyring describes the keyring in words, as it was when it was last looked at,
// and has it looked at again, soon; what changed is told as any change is. It
// returns at once: a keyring may take seconds to answer.
func (b *Bridge) Keyring() credentials.KeyringState { return b.keyring.describe() }
