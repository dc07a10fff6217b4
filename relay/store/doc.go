// Package store is the durable memory of Vast Relay: one SQLite database with
// the events, the ids that were ever seen, the posts made of them, every
// attempt at posting, the destinations and the person's pause. A Store is what the
// outbox asks for, relay.Store; its History lists, finds, counts, exports and
// removes past events, and its Gaps keeps when none could arrive.
//
// The database as a file is the business of package database below it; the table
// in front of the others, in which accepted events arrive, that of package
// journal; the index of their texts that of package fulltext.
//
// # Durability
//
// A method that writes returns nil only after the transaction that holds its
// change was committed and synced: the write-ahead log is synced before every
// such commit returns (synchronous=FULL), on macOS past the drive's own cache
// too. An event whose Accept returned therefore survives kill -9 and a power
// cut. Sources: https://www.sqlite.org/pragma.html#pragma_synchronous and
// https://www.sqlite.org/wal.html .
//
// What is reported as kept is also where the next start looks for it: after the
// sync, the database and its log must still be the files that were opened. Where
// the folder was moved, replaced or deleted, the error has ReasonMoved; what was
// accepted before can still be read and posted.
//
// # Opening
//
// With Options.OnWait a database that cannot be used just now, because the disk is
// full, read-only or denied, is waited for: each write tries to open it. WatchDisk
// tells whether events can be stored. A database of a newer version is refused
// with a NewerError and left as it is.
//
// # Accepting
//
// Accept does what must be done before an event may be acknowledged, and no
// more: it appends the event to the journal. The events are entered into the
// tables later, in order: when anybody reads or changes anything, which waits for
// what arrived before; when nobody does, once nothing has arrived for a moment;
// and when too many are behind. Events that are arriving go first for a second, and
// then alternate with the rest. A burst is thus accepted about as fast as the disk
// syncs, and worked off after it.
//
// # Concurrency
//
// Every method of Store is safe for concurrent use. One goroutine writes, over
// one connection: it takes all requests that are waiting, runs them in a
// single transaction, and answers each after the one sync they share (group
// commit). Nobody waits for company: a lone request is committed at once. A
// request that fails is undone alone. Reads use connections of their own and
// do not block writing; a read sees everything whose write has returned, but
// for events that cannot be entered just now, such as on a full disk.
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
// not hold yet is looked at row by row. Losing it would lose time alone. Why it is
// not kept by triggers stands in relay/README.md, with the figures.
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
