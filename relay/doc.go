// Package relay is the domain of Vast Relay: it takes signed deliveries from
// Vast.ai, proves them, puts each event on disk exactly once and carries it to
// Google Chat, surviving crashes at any point in between.
//
// # The path of one event
//
//	Receiver --Verifier--> Outbox.Accept --one synced transaction--> Memory
//	                                          |
//	                    lane (one per space) <-+-- attempts --> Sender
//
// The Receiver is an http.Handler that answers 2xx only after the Outbox has
// the event on disk. It refuses for good only what is the sender's fault;
// trouble of our own, and all that time may settle, is answered so that
// Vast.ai delivers again.
//
// Whether a delivery is late is for a Clock to say, which asks several witnesses
// and is set right by none of them alone.
//
// The Outbox owns one lane per space; a lane sends at most one post a second
// and remembers every attempt before it is made. A post is waiting, then
// sending, then posted; or, after an answer that did not take it:
//
//	refused in this form        one rung down the ladder, below the last one dead
//	refused in its thread       again in this form, without a thread
//	refused because of its ids  again without ids
//	429                         the lane holds, longer each time
//	401, several in ten minutes the destination is parked
//	403, 404                    the destination is parked: the post that goes
//	                            first is tried each hour, everything is kept
//	5xx, no answer              again under the same ids, dead after a day of it
//	an answer of somebody else  again under the same ids, for ever
//	not reached                 again, for ever
//
// What each answer means is decided by one function without side effects,
// conclude; when a lane tries again, by the hold and park of its Destination
// and by rests.
//
// # Which post goes next
//
// lane.pick decides. Posts with an Urgent event go first, then the oldest.
// When more than five were never tried, or one of them is older than ten
// seconds, they become one digest of as many as every form of it can name; a
// lane never waits for more to come. Urgent events fold by themselves, and
// ordinary ones join them once they have waited too long. What a digest
// consists of is settled before its first attempt and never changes.
//
// A person can ask for more: Resend, ResendDead and PostAnyway make posts that
// wait like all others, so that the pace, a hold and a pause apply to them.
//
// # What is counted
//
// Counters tell what a run has done, Lanes what waits, Receiver.Refusals which
// deliveries were refused last. Late and unreadable deliveries are kept in
// Memory under their verdict. Everything kept in this package's own memory is
// bounded, whatever arrives.
//
// # Concurrency
//
// Every exported type is safe for concurrent use unless its comment says
// otherwise. Outbox.Run owns all goroutines of this package and returns only
// after they have ended; a lane without work has nothing running but a wait.
// The one exception is a call of a Sender that ignores its context: it is left
// behind rather than let it hold up a stop.
//
// # Ownership
//
// The package declares the interfaces that it needs (Memory, Sender) and
// imports none of its sub-packages, which implement them. It never sees a
// credential other than the webhook secrets handed to the Verifier.
package relay
