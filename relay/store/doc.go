// Package store is the durable memory of Vast Relay: one SQLite database with
// the events, the ids that were ever seen, the posts made of them, every
// attempt at posting, the destinations and the person's pause. It answers what
// has happened, finds words in it, bounds what is kept, and exports it. It
// implements relay.Store, relay.Archive and relay.History.
//
// # Durability
//
// A method that writes returns nil only after the transaction that holds its
// change was committed and synced: the write-ahead log is synced before every
// commit returns (synchronous=FULL), on macOS past the drive's own cache too.
// An event whose Accept returned therefore survives kill -9 and a power cut.
// Sources: https://www.sqlite.org/pragma.html#pragma_synchronous and
// https://www.sqlite.org/wal.html .
//
// # Concurrency
//
// Every method of Store is safe for concurrent use. One goroutine writes, over
// one connection: it takes all requests that are waiting, runs them in a
// single transaction, and answers each after the one sync they share (group
// commit). Nobody waits for company: a lone request is committed at once. A
// request that fails is undone alone. Reads use connections of their own and
// neither block writing nor wait for it; a read sees everything whose write
// has returned.
//
// Work that can wait, which is indexing and removing what is old, is done in
// short transactions that the writing goroutine takes up only when nobody else
// waits.
//
// # Search
//
// A search compares every word with subject and message, without regard to
// case, also within other words. That comparison alone decides what is found.
// An index of trigrams only says which events need not be looked at; it is
// filled by a goroutine of its own behind the accept path, and what it does
// not hold yet is looked at row by row. Losing it would lose time alone.
//
// # Retention
//
// Retain removes payloads before events, the oldest first, and never an event
// that is not posted. The ids of events stay for two years, so that a delivery
// that comes late is still known.
//
// # Ownership
//
// Open starts the writing and the indexing goroutine, Close ends both and
// waits; Retain and Export work on the goroutine of their caller. The store owns
// the file, its -wal and -shm companions, and nothing else in the folder but
// the copies of damaged databases that it sets aside. It takes no lock of its
// own against a second process: whoever opens the store holds the lock on the
// data folder.
//
// # Units
//
// Times are kept as microseconds since 1970 in UTC, so a time that is read
// back is cut to the microsecond; a zero time is NULL, or 0 in not_before.
// Durations are kept in nanoseconds.
package store
