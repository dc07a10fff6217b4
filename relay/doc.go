// Package relay holds the words of Vast Relay and the interfaces between its
// parts. The parts stand in the order of an event's way:
//
//	relay/intake   receives a delivery from Vast.ai, proves it, has it stored
//	relay/outbox   carries the stored events to Google Chat
//	relay/store    is the Store of both, in SQLite
//	relay/googlechat, relay/tunnel   the Sender, and the public address
//
// # Glossary
//
//	event        a notification of Vast.ai, with an id
//	delivery     one HTTP request of Vast.ai that carries an event; it may come again
//	destination  a Google Chat space that events are posted to
//	post         one message that is to appear in one destination, with one or more events
//	attempt      one request to Google Chat for a post
//	digest       a post with several events, made when more wait than people would read
//	lane         the queue of posts of one destination
//	rung         the form of a message: card, text, or the shortest text; a form
//	             that Chat refuses is followed by the next
//	hop          one part of the way that is proven by itself: keyring, Vast.ai,
//	             address, webhook, Chat
//	proof        what was last seen of a hop that shows that it works
//	gap          a stretch of time in which deliveries could not reach this program
//	park         to suspend a destination that refuses every post, and keep its posts
//
// # Ownership and concurrency
//
// The package imports none of its sub-packages, which implement Store and
// Sender. Its values are plain; interfaces say what they promise to concurrent
// callers. A Secret prints as a marker in every way in which Go can print.
package relay
