package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
)

// When a lane folds what waits into one digest: with more than digestOver
// events waiting, or one of them for longer than digestAfter. A lane that is
// free never waits for more to come.
const (
	digestOver  = 5
	digestAfter = 10 * time.Second
)

// pick chooses the post that goes next of those whose time has come by due. It is
// the one place where posts become a digest, whose members are final: the attempt
// that follows freezes them.
//
// Only posts that were never tried are folded. One whose attempts certainly
// stored nothing might be too, but there are hardly ever more than two of
// them, since a lane that cannot post tries the same post again; one that was
// refused would bring the others into a plainer form; and a dead letter that is
// revived is to keep its ids.
//
// Urgent events go first, and by themselves: a handful each in a message of
// its own, more in a digest of their own. Once an ordinary event has waited
// too long as well, the rest of the room in that digest goes to the ordinary
// ones, so that a stream of urgent events starves nobody; urgent ones still
// come first when not all find room.
//
// Within a digest the events stand in the order of acceptance, as ids need it;
// the Sender shows the gravest types first. A parked destination is probed with
// the post that would go first, as it is: any post proves the space as well as
// the oldest does, and the one that succeeds is the first that people read.
func (l *lane) pick(ctx context.Context, now, due time.Time) (relay.Post, error) {
	next, err := l.shared.store.Next(ctx, l.space, due)
	switch {
	case errors.Is(err, relay.ErrNotFound):
		return relay.Post{}, errIdle
	case err != nil:
		return relay.Post{}, fmt.Errorf("choose the next post: %w", err)
	case l.dest.get().Parked() || !l.shared.folds():
		return next, nil
	}
	form := l.firstRung(relay.Digest)
	list, err := l.shared.store.Foldable(ctx, l.space, now, roomOf(form).members)
	if err != nil {
		return relay.Post{}, fmt.Errorf("choose the members of a digest: %w", err)
	}
	list = slices.DeleteFunc(list, func(p relay.Post) bool { return p.Tries > 0 })
	members := gather(list, now, form)
	if !slices.Contains(members, next.ID) {
		return next, nil
	}
	writing, cancel := lingering(ctx, storeDeadline, recordGrace)
	defer cancel()
	digest, err := l.shared.store.Fold(writing, members)
	switch {
	case errors.Is(err, relay.ErrFrozen), errors.Is(err, relay.ErrNotFound):
		return next, nil // One of them has changed: posting one by one is always right.
	case err != nil:
		return relay.Post{}, fmt.Errorf("fold a digest: %w", err)
	}
	return digest, nil
}

// firstRung is the form in which a post of the kind that was never tried goes
// out. The shortest form of a digest names no event, so none starts there.
func (l *lane) firstRung(kind relay.PostKind) relay.Rung {
	rung := cmp.Or(l.shared.form(), relay.RungCard)
	if rung == relay.RungCard && l.dest.get().RefusesCards {
		rung = relay.RungText
	}
	if rung == relay.RungShortest && kind == relay.Digest {
		rung = relay.RungText
	}
	return rung
}

// gather chooses from posts, which are in the order in which they would go,
// those that become one digest which starts in the given form; none when it is
// not time to fold.
func gather(posts []relay.Post, now time.Time, form relay.Rung) []relay.PostID {
	group := posts
	n := slices.IndexFunc(posts, func(p relay.Post) bool { return !p.Urgent() })
	if n > 0 && !overdue(posts[n:], now) {
		group = posts[:n]
	}
	if len(group) <= digestOver && !overdue(group, now) {
		return nil
	}
	group = group[:DigestSize(group, form)]
	if len(group) < 2 {
		return nil
	}
	ids := make([]relay.PostID, len(group))
	for i, p := range group {
		ids[i] = p.ID
	}
	return ids
}

// overdue reports whether one of posts has waited for longer than digestAfter.
func overdue(posts []relay.Post, now time.Time) bool {
	return slices.ContainsFunc(posts, func(p relay.Post) bool { return now.Sub(p.CreatedAt) > digestAfter })
}

// room is what a digest holds, so that it names every member with its time and
// the beginning of its subject. It counts in characters of the text form, the
// narrower one: a card holds what the text does, with more of each subject.
type room struct {
	members int // at most
	event   int // what an event takes: its time, and the least of its subject
}

// What a digest holds beside its events. A text is under 4,000 characters; a
// card has 30,000 bytes and 100 widgets, more than five times as much.
// Source: https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create .
const (
	digestRoom  = 3_850
	groupFrame  = 12  // what stands around the name of a type
	groupName   = 100 // a longer name is cut
	typicalName = 20  // the name that people read may be longer than a short slug

	caughtUpMark = len(" (caught up)") // beside the time of an event out of the inbox
)

// roomOf returns the room of a digest that starts in the given form. One that
// starts as a card stays whole when the card is refused, with less of each
// subject. One that starts as text carries fewer members, so that they can be
// told apart. The members of a card let 10,000 events leave within two
// minutes, with a quarter to spare.
func roomOf(form relay.Rung) room {
	const stamp = len("\n21 Nov 15:04:05 ")
	if form == relay.RungCard {
		return room{members: 120, event: stamp + 8}
	}
	return room{members: 40, event: stamp + 55}
}

// DigestSize returns how many of posts, from the first, one digest can name that
// starts in the given form.
func DigestSize(posts []relay.Post, form relay.Rung) int {
	r := roomOf(form)
	type group struct {
		role relay.Role
		slug string
	}
	seen := make(map[group]bool)
	used := 0
	for i, p := range posts {
		for _, ev := range p.Events {
			used += r.event
			if ev.CaughtUp {
				used += caughtUpMark
			}
			if g := (group{ev.Role, ev.Type}); !seen[g] {
				seen[g] = true
				used += groupFrame + min(max(len(ev.Type), typicalName), groupName)
			}
		}
		if i >= r.members || used > digestRoom {
			return i
		}
	}
	return len(posts)
}
