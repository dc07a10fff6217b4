// Package outbox carries stored events to Google Chat, and survives a crash at
// any point in between.
//
// # The path of one event
//
//	intake.Receiver --> Outbox.Accept --one synced transaction--> relay.Store
//	                                          |
//	                    lane (one per space) <-+-- attempts --> relay.Sender
//
// The Outbox owns one lane per space; a lane sends at most one post a second
// and records every attempt before it is made. A post is waiting, then sending,
// then posted; or, after an answer that did not take it:
//
//	refused in this form        in the next form; dead after the last
//	refused in its thread       again in this form, without a thread
//	refused because of its ids  again without ids
//	429                         the lane waits, longer each time
//	401, several in ten minutes the destination is parked
//	403, 404                    the destination is parked: the post that goes
//	                            first is tried each hour, everything is kept
//	5xx, no answer              again under the same ids, dead after a day of it
//	an answer of a proxy        again under the same ids, for ever
//	not reached                 again, for ever
//
// applyResult decides what each answer means, without side effects; when a lane
// tries again is decided by the hold and park of its Destination and by
// laneBackoff.
//
// # Which post goes next
//
// lane.pick decides. Posts with an urgent event go first, then the oldest.
// When more than five were never tried, or one of them is older than ten
// seconds, they become one digest of as many as every form of it can name; a
// lane never waits for more to come. Urgent events are gathered by themselves,
// and ordinary ones join them once they have waited too long. The members of a
// digest are settled before its first attempt and never change.
//
// A person can ask for more: Resend, ResendDead and PostAnyway make posts that
// wait like all others, so that the pace, a hold and a pause apply to them.
//
// # Concurrency
//
// Every exported type is safe for concurrent use unless its comment says
// otherwise. Outbox.Run owns all goroutines of this package and returns only
// after they have ended; a lane without work only waits. The one exception is a
// call of a Sender that ignores its context: it is abandoned, so that it does not
// delay a stop.
//
// # Ownership
//
// The package uses relay.Store and relay.Sender, which the caller opens and
// closes. It sees no credential.
package outbox
