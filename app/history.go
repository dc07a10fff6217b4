package app

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// History reads the events that are kept. It is safe for concurrent use.
type History struct {
	store *store.Store
	told  func(status.Change) // is told that events were read
}

// Events lists events newest first.
func (h *History) Events(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
	return h.store.History.Events(ctx, q)
}

// Event returns all that is known of one event.
func (h *History) Event(ctx context.Context, id string) (relay.Detail, error) {
	return h.store.Detail(ctx, id)
}

// Unread counts the events that nobody has read, at most store.MaxUnread of them.
func (h *History) Unread(ctx context.Context) (int, error) { return h.store.History.Unread(ctx) }

// MarkRead notes that a person has read the events of those ids.
func (h *History) MarkRead(ctx context.Context, ids ...string) error {
	return h.read(h.store.History.MarkRead(ctx, ids...))
}

// MarkAllRead notes that a person has read all events that are kept.
func (h *History) MarkAllRead(ctx context.Context) error {
	return h.read(h.store.History.MarkAllRead(ctx))
}

// read says that events were read, unless err says why they were not.
func (h *History) read(err error) error {
	if err == nil {
		h.told(status.EventsRead)
	}
	return explained(err)
}

// Find returns the id of the one event that is kept whose id is beginning, or begins
// so. The error is a health.Problem when there is none, or more than one.
func (h *History) Find(ctx context.Context, beginning string) (id string, err error) {
	var ids []string
	if beginning != "" {
		if ids, err = h.store.History.IDs(ctx, beginning, 2); err != nil {
			return "", err
		}
	}
	switch {
	case len(ids) == 0:
		return "", health.New(health.EventUnknown, words.Args{"Beginning": beginning})
	case len(ids) == 1, ids[0] == beginning: // the shortest comes first
		return ids[0], nil
	default:
		return "", health.New(health.EventAmbiguous, words.Args{"Beginning": beginning})
	}
}

// Activity counts the events that arrived between each of bounds, which rise, and the
// next one.
func (h *History) Activity(ctx context.Context, bounds []time.Time) ([]relay.Activity, error) {
	return h.store.History.Activity(ctx, bounds)
}

// Kept returns for how many days events are kept, and in how many megabytes.
func (h *History) Kept() (days, megabytes int) {
	return int(store.DefaultMaxAge / (24 * time.Hour)), store.DefaultMaxBytes / 1_000_000
}

// Export writes the events that q selects, newest first, into the file at
// path, in the form that its name asks for, see Write. The file appears under its
// name once it is whole; only its owner can read it, as with all events. Errors are
// a health.Problem or that of ctx.
func (h *History) Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error {
	err := datadir.WriteWhole(path, func(f io.Writer) error { return h.write(ctx, f, path, q, progress) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, relay.ErrStoreUnavailable):
		return explained(err)
	default:
		return health.New(health.ExportUnwritable).With(err.Error())
	}
}

// Write writes the events that q selects, newest first: for spreadsheets where
// name ends in .csv, else as JSON lines with the payloads. progress, unless it is
// nil, is told how many of how many are written. Errors are a health.Problem or that
// of ctx.
func (h *History) Write(ctx context.Context, to io.Writer, name string, q relay.Query, progress func(done, total int)) error {
	err := h.write(ctx, to, name, q, progress)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return explained(err)
}

func (h *History) write(ctx context.Context, to io.Writer, name string, q relay.Query, progress func(done, total int)) error {
	format := store.FormatJSONL
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		format = store.FormatCSV
	}
	return h.store.History.Export(ctx, to, format, q, progress)
}

// Resender posts events again. Its errors are a health.Problem. It is safe for
// concurrent use.
type Resender struct {
	outbox *outbox.Outbox
	resent func() // is told that other posts wait than before
}

// Resend posts events again: dead letters under their ids, delivered ones
// marked as resent. It returns how many posts that makes.
func (r *Resender) Resend(ctx context.Context, ids ...string) (posts int, err error) {
	posts, err = r.outbox.Resend(ctx, ids...)
	r.resent()
	return posts, notPosted(err)
}

// ResendDead posts everything again that was given up, and returns how many
// posts that makes.
func (r *Resender) ResendDead(ctx context.Context) (posts int, err error) {
	posts, err = r.outbox.ResendDead(ctx)
	r.resent()
	return posts, explained(err)
}

// PostAnyway posts a late event although it was late.
func (r *Resender) PostAnyway(ctx context.Context, id string) error {
	err := r.outbox.PostAnyway(ctx, id)
	r.resent()
	if errors.Is(err, relay.ErrNotFound) {
		return health.New(health.EventNotLate)
	}
	return notPosted(err)
}

// notPosted words why events are not posted again.
func notPosted(err error) error {
	if errors.Is(err, outbox.ErrNoDestination) {
		return health.New(health.ChatURLMissing)
	}
	return explained(err)
}

// explained turns err into a Problem, and nil into nil.
func explained(err error) error {
	if err == nil {
		return nil
	}
	return checks.Explain(err)
}
