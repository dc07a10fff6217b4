package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"vastrelay/relay"
)

// freeze settles, before p's first attempt, what must be the same in every
// later one.
func (l *lane) freeze(p *relay.Post) {
	if p.MessageID == "" {
		ids := make([]string, len(p.Events))
		for i, ev := range p.Events {
			ids[i] = ev.ID
		}
		salt := ""
		if p.Kind == relay.Resend {
			salt = "resend " + strconv.FormatInt(int64(p.ID), 10) + " " + strconv.FormatInt(p.CreatedAt.UnixNano(), 10)
		}
		p.MessageID = FrozenID(p.Space, ids, salt)
	}
	if p.Rung == "" {
		p.Rung = l.firstRung(p.Kind)
	}
	// A form that the whole space refuses is skipped also by a post that was
	// begun in it.
	if p.Rung == relay.RungCard && l.dest.get().RefusesCards {
		p.Rung = relay.RungText
	}
}

// mayRepeat reports whether the next attempt of p can leave a second message. Ids
// that were honoured at its earlier attempts may have been refused since, or the
// space may have a new URL.
func (l *lane) mayRepeat(ctx context.Context, p relay.Post) (bool, error) {
	d := l.dest.get()
	if p.MayRepeat || p.Tries == 0 || d.IDs != relay.IDsIgnored && !d.RefusesIDs {
		return p.MayRepeat, nil
	}
	known, err := l.shared.store.Detail(ctx, firstID(p))
	if err != nil {
		return false, fmt.Errorf("look at the earlier attempts: %w", err)
	}
	for _, listed := range known.Posts {
		if listed.Post.ID == p.ID {
			return slices.ContainsFunc(listed.Attempts, func(a relay.Attempt) bool { return a.Result.Outcome.MayBeStored() }), nil
		}
	}
	return false, nil
}

// messageIDPrefix must begin every client-assigned message id.
// Source: https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create .
const messageIDPrefix = "client-"

// FrozenID returns the message id for a post into space that carries the
// events of the given ids, in their order. salt is empty, except for a resend,
// which must not collide with the message that it repeats.
//
// The id is "client-" and 32 lower-case hex digits: 39 of the 63 characters
// that Google Chat allows. Equal arguments always give an equal id, also in
// another run or on another computer, and different ones a different id.
func FrozenID(space string, eventIDs []string, salt string) string {
	h := sha256.New()
	// Each piece is preceded by its length, so that no two lists of pieces
	// run together into the same bytes.
	write := func(piece string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(piece))))
		h.Write([]byte(piece))
	}
	write(space)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(eventIDs))))
	for _, id := range eventIDs {
		write(id)
	}
	h.Write(binary.BigEndian.AppendUint64(nil, 0)) // A part of every id since the first: ids must never change.
	write(salt)
	return messageIDPrefix + hex.EncodeToString(h.Sum(nil)[:16])
}
